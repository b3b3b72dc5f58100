"""The suggested line: learnt from texts, silent where it would be a guess, and broken weights suggest nothing."""

import os
import random
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from intake_context import OFFICER, build_context, petition
from sqlalchemy import Engine, select, update

from contracts.vocabulary import Kind, Line
from courier.unit_of_work import ServiceContext
from intake.domain import learning
from intake.domain.classifier import BUCKETS, Broken, Classifier, features
from intake.domain.learning import Example
from intake.tables import Classifier as Kept
from intake.use_cases import classifying, registration, training
from intake.use_cases.registration import RegisterInput

WORDS = {
    Line.SUPPORT_PROSECUTION: "工地老板拖欠工资请求支持起诉讨薪劳动报酬包工头",
    Line.PUBLIC_INTEREST: "河水污染排放废水垃圾堆放食品安全国有土地破坏耕地",
    Line.CRIMINAL_APPEAL: "不服刑事判决申诉量刑过重无罪被告人再审有期徒刑",
}
TEXTS = Path(os.environ.get("FENGQIAO_TEXTS", Path(__file__).parents[4] / "shared" / "data"))


def texts(count: int, seed: int = 1) -> list[Example]:
    """Made up of a line's words, each by another person."""
    dice = random.Random(seed)
    made = []
    for number in range(count):
        line = dice.choice(list(WORDS))
        words = [WORDS[line][at : at + 4] for at in range(0, len(WORDS[line]), 4)]
        made.append(Example("，".join(dice.choices(words, k=8)), line, str(number)))
    return made


@pytest.fixture(scope="module")
def learnt() -> Classifier:
    return learning.fit(texts(300), sorted(WORDS), 0.9, 0.5)


def test_it_says_what_it_learnt_with_the_words_that_led_to_it(learnt: Classifier) -> None:
    """The first two, the words being of the text."""
    text = "包工头拖欠我们七个人的工资"
    first, second = learnt.suggest(text)
    assert (Line.SUPPORT_PROSECUTION, True) == (first.label, first.likely > second.likely)
    assert first.words
    assert all(word in text for word in first.words)


def test_of_what_it_knows_nothing_of_it_says_nothing(learnt: Classifier) -> None:
    """Nor of an empty text."""
    assert [] == learnt.suggest("天地玄黄")
    assert [] == learnt.suggest("")


def test_what_few_wrote_is_not_learnt() -> None:
    """A name in the texts of three people, or in a hundred of one person's, has no weight at all."""
    name = "欧阳锋锐"
    examples = texts(200)
    few = [replace(each, text=f"{each.text}，{name}") for each in examples[:3]]
    often = [Example(f"{each.text}，{name}", each.label, "same") for each in texts(100, 2)]
    learnt = learning.fit([*few, *examples[3:], *often], sorted(WORDS))
    assert not learnt.weights[features(name)[0]].any()
    assert learnt.weights[features("工资")[0]].any()


def test_it_is_small_and_comes_back_as_it_was_kept(learnt: Classifier) -> None:
    """A megabyte at most with every line there is; what is cut off, changed or no number is refused."""
    again = Classifier.load(learnt.dump())
    assert np.array_equal(again.weights, learnt.weights)
    assert again.suggest("拖欠工资") == learnt.suggest("拖欠工资")
    assert BUCKETS * len(Line) * learnt.weights.itemsize <= 1 << 20
    for wrong in (b"", b"nothing", learnt.dump()[:-9], replace(learnt, bias=learnt.bias * np.float32("nan")).dump()):
        with pytest.raises(Broken):
            Classifier.load(wrong)


def test_it_tells_how_often_it_is_right_on_what_it_did_not_see() -> None:
    """And from which probability on nineteen of twenty are."""
    figures = learning.measure(texts(300), sorted(WORDS))
    assert (300, True) == (figures.texts, figures.first > 0.95)
    right = learning.figures([(0.9, 0), (0.8, 0), (0.7, 1), (0.6, 2)])
    assert (0.5, 0.75, 0.8, 0.7) == (right.first, right.of_two, right.sure, right.floor)


# -- in the service ----------------------------------------------------------------------------------------------------


@pytest.fixture
def context(engine: Engine, tmp_path: Path) -> ServiceContext:
    return build_context(engine, tmp_path)


def register(context: ServiceContext, command: RegisterInput) -> None:
    with context.begin(OFFICER) as work:
        registration.register(work, command)


def suggested(context: ServiceContext, text: str) -> list[str]:
    with context.begin(OFFICER) as work:
        return [each["line"] for each in classifying.suggest(work, text)]


def test_untrained_nothing_is_suggested_and_trained_it_is_at_once(context: ServiceContext) -> None:
    """From the petitions here, without a restart; what was said in secrecy is not among them."""
    assert [] == suggested(context, "老板拖欠工资，请求支持起诉")
    with pytest.raises(training.TooFew):
        training.train(context, OFFICER)
    for each in texts(320):
        made = petition(Kind.CLAIM, line=Line(each.label))
        person = replace(made.petitioner, phone=f"1990{int(each.person):07}") if made.petitioner else None
        register(context, replace(made, statement=each.text, petitioner=person))
    secret = replace(petition(Kind.CLAIM, secrecy=True), statement="老板拖欠工资，请求支持起诉")
    register(context, secret)
    assert secret.statement not in {each.text for each in training._examples(context, OFFICER)}
    version, _ = training.train(context, OFFICER)
    assert 1 == version
    assert Line.SUPPORT_PROSECUTION == suggested(context, "老板拖欠工资，请求支持起诉")[0]


def test_broken_weights_suggest_nothing_and_are_counted(context: ServiceContext, learnt: Classifier) -> None:
    """Changed where they lie, or of other labels than lines; the next good ones count again. Two versions are kept."""
    with context.begin(OFFICER) as work:
        classifying.keep(work, learnt, {})
    assert suggested(context, "拖欠工资支持起诉")
    with context.begin(OFFICER) as work:
        assert 0 == classifying.broken(context, work.session)
        classifying.keep(work, replace(learnt, labels=("a", "b", "c")), {})
    assert [] == suggested(context, "拖欠工资支持起诉")
    with context.begin(OFFICER) as work:
        assert 1 == classifying.broken(context, work.session)
        classifying.keep(work, learnt, {})
        work.session.flush()
        assert [2, 3] == sorted(work.session.scalars(select(Kept.version)))
        sealed = work.session.get_one(Kept, 3).weights
        work.session.execute(update(Kept).where(Kept.version == 3).values(weights=sealed[:-1] + b"0"))
    assert [] == suggested(context, "拖欠工资支持起诉")


# -- on real texts -----------------------------------------------------------------------------------------------------


@pytest.mark.long
def test_on_real_texts_it_is_as_good_as_was_measured() -> None:
    """Subject classes of citizens' messages, each suggested by what was learnt from the others."""
    file = TEXTS / "messages.csv"
    if not file.exists():
        pytest.skip(f"no texts at {TEXTS}: name their folder in FENGQIAO_TEXTS")
    examples, labels = training.enough(learning.read(file))
    figures = learning.measure(examples, labels)
    assert figures.first >= 0.86
    assert figures.of_two >= 0.965
