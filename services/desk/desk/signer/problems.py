"""What the signer refuses beside a login, in the words that are shown. None tells whether a login exists."""

from contracts.problems import Conflict, Denied, Missing, NoToken, Problem


class WrongKey(Problem):
    """Not a signature of a key of theirs, for this address and this time."""

    status, code = 401, "wrong-key"
    title_zh, title_en = "安全密钥没有通过", "The security key was not taken"

    def __init__(self) -> None:
        super().__init__("安全密钥没有通过，请再试一次", "the key's answer is not right", field="answer")


class NotConfirmed(Problem):
    """Nobody said, of this browser and now, who it is."""

    status, code = 401, "not-confirmed"
    title_zh, title_en = "没有登录", "Not logged in"

    def __init__(self) -> None:
        super().__init__("身份没有得到确认，请重新登录", "nobody confirmed who it is")


class NotLinked(Denied):
    """Known elsewhere, and to no account here."""

    code = "not-linked"

    def __init__(self) -> None:
        super().__init__("没有与此身份关联的账户，请联系本院管理员", "no account is linked with it")


class OtherWay(Denied):
    """This office logs in by passwords, or by another's word, and not by both."""

    code = "other-way"

    def __init__(self) -> None:
        super().__init__("本系统不以这种方式登录", "not the way to log in here")


class NotProved(Denied):
    """What is asked for wants a second factor that was just given."""

    code = "second-factor"

    def __init__(self) -> None:
        super().__init__("请先验证第二道身份", "a second factor is to be given first")


class NoGrant(NoToken):
    """Nobody is logged in by it, or no more."""

    def __init__(self) -> None:
        super().__init__("登录已失效，请重新登录", "the login has ended")


class NoRole(Denied):
    """Who has left, or has no role yet, is given no token."""

    code = "no-role"

    def __init__(self) -> None:
        super().__init__("该工号在本院名册中没有角色，不能使用本系统", "the officer has no role")


class AccountKnown(Conflict):
    """The login or the officer has one already."""

    def __init__(self) -> None:
        super().__init__("该登录名或工号已有账户", "the login or the officer has an account", field="login")


class RequestWaits(Conflict):
    """The same was asked for, and nobody has decided."""

    def __init__(self) -> None:
        super().__init__("同样的申请正在等待批准", "the same waits already")


class NoRequest(Missing):
    """None that waits."""

    def __init__(self) -> None:
        super().__init__("没有这项待批准的申请", "no such request waits")


class SecondPerson(Denied):
    """Neither who asked nor whose account it is decides."""

    code = "second-person"

    def __init__(self) -> None:
        super().__init__("须由申请人和账户本人以外的人批准", "another has to decide")
