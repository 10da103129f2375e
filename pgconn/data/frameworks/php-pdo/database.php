<?php

// Beside what is in config/database.php already:
return [
    'connections' => [
        'pgsql' => [
            'driver' => 'pgsql',
            // What pg_stat_activity shows: the service, and its host or pod.
            'application_name' => "PGCONN_APPLICATION@" . gethostname(),
            'options' => [
                PDO::ATTR_PERSISTENT => false, // closed after the request
                PDO::ATTR_TIMEOUT => 5, // s for the server to answer
                // pgconn: begin transaction pooling
                PDO::PGSQL_ATTR_DISABLE_PREPARES => true, // they stay behind
                // pgconn: end transaction pooling
            ],
        ],
    ],
];
