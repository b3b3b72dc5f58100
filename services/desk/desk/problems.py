"""What a login is refused by, in the words that are shown. None tells whether it exists."""

from contracts.problems import Invalid, Missing, Problem, TooMany


class WrongLogin(Problem):
    """Whichever of the two was wrong."""

    status, code = 401, "wrong-login"
    title_zh, title_en = "没有登录", "Not logged in"

    def __init__(self) -> None:
        super().__init__("登录名或密码有误", "the login or the password is wrong", field="password")


class WrongCode(Problem):
    """Not the code of now, or one that was used."""

    status, code = 401, "wrong-code"
    title_zh, title_en = "动态口令有误", "The code is wrong"

    def __init__(self) -> None:
        super().__init__("动态口令有误或已用过，请用新的一个", "the code is wrong or was used", field="code")


class LoginClosed(TooMany):
    """Too often wrong; `seconds` until it is looked at again."""

    code = "login-closed"

    def __init__(self, seconds: int):
        wait = f"{seconds} 秒" if seconds < 120 else f"{seconds // 60} 分钟"
        super().__init__(f"多次有误，请在 {wait} 后再试", "wrong too often", seconds)


class WeakPassword(Invalid):
    """`zh`: why it is not taken."""

    code = "weak-password"

    def __init__(self, zh: str):
        super().__init__(zh, "the password is too easy to guess", field="new")


class NoAccount(Missing):
    """No account of that login."""

    def __init__(self) -> None:
        super().__init__("没有这个账户", "no such account", field="login")
