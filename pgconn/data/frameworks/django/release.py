# A request releases its connection by itself when it ends; a thread of yours:
from django.db import connection


def work():
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    finally:
        connection.close()  # to the pool
