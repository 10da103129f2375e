# There is no pool: each thread has its own connection; these bound them.
workers = 1  # processes; the connections are workers x threads x databases
threads = 1001  # of each worker
max_requests = 1000  # then a worker is replaced, and with it its connections
max_requests_jitter = 100  # not all at once
