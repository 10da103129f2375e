# A request releases its connection by itself when it ends. A thread of yours:
ActiveRecord::Base.connection_pool.with_connection do |connection|
  connection.execute("SELECT 1")
end # released here, also after an error
