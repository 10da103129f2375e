<?php

$pdo = null; // closed, once no statement of it is left

// In Laravel, within a long job:
DB::disconnect();
