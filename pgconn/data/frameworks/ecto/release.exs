Repo.query!("SELECT 1") # taken and given back by itself

Repo.checkout(fn ->
  Repo.query!("SELECT 1") # one connection for all of it, given back at the end
end)
