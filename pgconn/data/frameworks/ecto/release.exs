Repo.query!("SELECT 1") # taken and released by itself

Repo.checkout(fn ->
  Repo.query!("SELECT 1") # one connection for all of it, released at the end
end)
