"""PHP, which has no pool: what bounds its connections is how many processes serve requests."""

from typing import Final

from pgconn.documents.pool import Framework, Snippet
from pgconn.emit.frameworks.known import Asked, Known, fill, when
from pgconn.emit.frameworks.quoting import php

_FPM: Final = """
; There is no pool: each child has one connection, so their number bounds it.
pm = ondemand
pm.max_children = «max»
; 5 min unused: the child ends, and its connection with it
pm.process_idle_timeout = 300s
; then a child is replaced: there is no limit by age
pm.max_requests = 1000
; a request that hangs does not keep its connection for ever
request_terminate_timeout = 30s
"""

_PDO: Final = """
<?php

// What pg_stat_activity shows: the service, and its host or pod
putenv('PGAPPNAME=' . «app» . gethostname());

$user = getenv('PGUSER') ?: null;
$password = getenv('PGPASSWORD') ?: null;
$pdo = new PDO(getenv('PDO_DSN'), $user, $password, [
    PDO::ATTR_ERRMODE => PDO::ERRMODE_EXCEPTION,
    PDO::ATTR_PERSISTENT => false, // closed at the end of the request
    PDO::ATTR_TIMEOUT => 5, // s for the server to answer
    «pooled»
]);
"""

_LARAVEL: Final = """
<?php

// Beside what is in config/database.php already:
return [
    'connections' => [
        'pgsql' => [
            'driver' => 'pgsql',
            // What pg_stat_activity shows: the service, and its host or pod.
            'application_name' => «app» . gethostname(),
            'options' => [
                PDO::ATTR_PERSISTENT => false, // closed after the request
                PDO::ATTR_TIMEOUT => 5, // s for the server to answer
                «pooled»
            ],
        ],
    ],
];
"""

_BACK: Final = """
<?php

$pdo = null; // closed, once no statement of it is left

// In Laravel, within a long job:
DB::disconnect();
"""

_UNPREPARED: Final = "PDO::PGSQL_ATTR_DISABLE_PREPARES => true, // they stay behind"


def _pdo(asked: Asked) -> tuple[Snippet, ...]:
    app, pooled = php(asked.service), when(asked.transaction_pooling, _UNPREPARED)
    return (
        Snippet(title="the pool of PHP-FPM: pool.d/www.conf", format="ini", text=fill(_FPM, max=asked.max)),
        Snippet(title="PDO", format="php", text=fill(_PDO, app=app, pooled=pooled)),
        Snippet(title="Laravel: config/database.php", format="php", text=fill(_LARAVEL, app=app, pooled=pooled)),
    )


PHP: Final = (
    Known(
        framework=Framework(
            name="php-pdo",
            title="PHP (PDO, Laravel, Symfony)",
            language="PHP",
            aliases=("php", "pdo", "laravel", "symfony", "doctrine", "php-fpm", "fpm", "eloquent"),
            parameter="pm.max_children",
            default="1 a worker",
            peak=1,
            peak_text="1 a worker",
            scope="all children of one PHP-FPM",
            other=None,
        ),
        snippets=_pdo,
        give_back=Snippet(title="give it back", format="php", text=fill(_BACK)),
        traps=(
            (
                "There is no pool: each FPM child, Octane worker, queue worker and cron job has a connection of its "
                "own. Here --max is what all the children of one FPM may open."
            ),
            (
                "PDO::ATTR_PERSISTENT keeps a connection in each child for its whole life, with whatever state was "
                "left in it, also while nobody asks for anything."
            ),
        ),
        behind_a_pooler="No prepared statements, as above (from PHP 8.5 on Pdo\\Pgsql::ATTR_DISABLE_PREPARES); with "
        "PHP 8.4, libpq 17 and PgBouncer 1.21 that line may go. For PHP such a pooler is the usual cure.",
    ),
)
