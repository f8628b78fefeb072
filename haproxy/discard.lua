-- The service `discard`: reads the body of a request that is refused, so that its sender,
-- who may not look at an answer before all is sent, gets to see it. (HAProxy itself answers
-- and gives up the stream, or the connection, in the middle of the body; over HTTP/2 clients
-- then report the RST_STREAM instead of the answer.) edge.cfg says whose body is read, and
-- makes the answer of this one.

local most = 1048576  -- bytes of a body
local part = 16384

core.register_service("discard", "http", function(applet)
  local left = most
  while left > 0 do
    local size = #applet:receive(part)
    if size == 0 then break end
    left = left - size
  end
  applet:set_status(299)
  applet:start_response()
end)
