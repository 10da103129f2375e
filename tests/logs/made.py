"""Logs made up line by line, with what should be read of each."""

from datetime import UTC, datetime, timedelta
from typing import Final

MESSAGES: Final = (
    ("slots", "53300", "sorry, too many clients already"),
    ("superuser_reserve", "53300", "remaining connection slots are reserved for roles with the SUPERUSER attribute"),
    ("role", "53300", 'too many connections for role "app"'),
    ("database", "53300", 'too many connections for database "shop"'),
    ("login", "28P01", 'password authentication failed for user "app"'),
    (None, "57P01", "terminating connection due to administrator command"),
)
START: Final = datetime(2026, 11, 3, 10, 15, 23, 456000, tzinfo=UTC)


def stamp(seconds: float) -> str:
    return f"{START + timedelta(seconds=seconds):%Y-%m-%d %H:%M:%S.%f}"[:-3]


def stderr_line(seconds: float, message: str, *, user: str = "app", pid: int = 4711) -> str:
    return f"{stamp(seconds)} UTC [{pid}] {user}@shop 10.0.0.7 FATAL:  {message}"


def rds_line(seconds: float, message: str, *, user: str = "app", pid: int = 4711) -> str:
    return f"{stamp(seconds)[:-4]} UTC:10.0.0.7({pid}):{user}@shop:[{pid}]:FATAL:  {message}"


def csv_line(seconds: float, message: str, *, state: str = "53300", user: str = "app", pid: int = 4711) -> str:
    quoted = message.replace('"', '""')
    who = f'"{user}","shop",{pid},"10.0.0.7:{pid}",65a.{pid},1,"startup"'
    return (
        f'{stamp(seconds)} UTC,{who},{stamp(0)[:-4]} UTC,3/12,0,FATAL,{state},"{quoted}",,,,,,,,,"","client backend",,0'
    )


def json_line(seconds: float, message: str, *, state: str = "53300", user: str = "app", pid: int = 4711) -> str:
    quoted = message.replace('"', '\\"')
    who = f'"user":"{user}","dbname":"shop","pid":{pid},"remote_host":"10.0.0.7","remote_port":{pid}'
    text = f'"error_severity":"FATAL","state_code":"{state}","message":"{quoted}","backend_type":"client backend"'
    return f'{{"timestamp":"{stamp(seconds)} UTC",{who},"session_id":"65a.1","line_num":1,"ps":"startup",{text}}}'
