// HttpServer: HTTP/1.1 (RFC 9112) connections on one event loop per core.
//
// START HERE for the gateway's runtime. A connection lives on one loop thread; its requests are
// handled one after the other. The handler is called on the loop and must not block: it either
// answers at once or moves its Reply to a worker and answers from there. This is the only header of
// the server; Asio and Beast stay in the .cpp files.
#pragma once

#include "core/bytes.hpp"
#include "core/log.hpp"
#include "core/result.hpp"
#include "core/worker_pool.hpp"
#include "net/http.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <variant>

namespace vc::net {

// The head of a request. Views stay valid until its Reply has been sent or dropped.
class RequestHead {
 public:
  virtual ~RequestHead() = default;
  virtual std::string_view method() const = 0;
  virtual std::string_view target() const = 0;  // As sent: path and query, percent-encoded.
  virtual std::string_view header(std::string_view name) const = 0;  // "" when absent.
  virtual std::size_t header_count(std::string_view name) const = 0;
  virtual std::optional<std::uint64_t> content_length() const = 0;  // nullopt: none or chunked.
  virtual std::string_view peer_address() const = 0;                // "127.0.0.1"
};

// The right to answer one request, once. Movable to any thread. Dropping it unanswered answers 500.
class Reply {
 public:
  class Channel {
   public:
    virtual ~Channel() = default;
    virtual void send(Response response) = 0;
  };

  explicit Reply(std::unique_ptr<Channel> channel) : channel_(std::move(channel)) {}

  Reply(Reply&&) noexcept = default;
  Reply& operator=(Reply&&) noexcept = default;
  Reply(const Reply&) = delete;
  Reply& operator=(const Reply&) = delete;
  ~Reply();

  void send(Response response);

 private:
  std::unique_ptr<Channel> channel_;
};

// Receives a body piece by piece on a worker thread, where it may block. Destroyed without finish()
// means that the upload was cut off, too long, too short or too slow: nothing of it may be kept.
class BodySink {
 public:
  virtual ~BodySink() = default;
  // An error response ends the upload: it is sent, and the rest of the body is discarded for a
  // bounded time.
  virtual std::expected<void, Response> write(ByteView piece) = 0;
  // The whole body, exactly Content-Length bytes, has been written.
  virtual void finish(Reply reply) = 0;
};

// What to do with a request once its head is known. `Expect: 100-continue` is honoured: a Response
// here is sent before the client has sent any of its body.
struct BufferBody {
  std::size_t bytes_max = 0;  // Past it: 413, without reading on.
  std::move_only_function<void(std::string body, Reply reply)> then;  // Called on the loop.
};

struct StreamBody {
  std::unique_ptr<BodySink> sink;
  std::uint64_t bytes_max = 0;
};

using BodyPlan = std::variant<Response, BufferBody, StreamBody>;

class Handler {
 public:
  virtual ~Handler() = default;
  virtual BodyPlan on_request(const RequestHead& head) = 0;
  // The server's own refusals (malformed head 400, head too large 431, body too large 413, head too
  // slow 408, too many connections 503, worker pool full 503) in the house's error format.
  virtual Response refusal(int status, std::string_view reason) = 0;
};

struct ServerOptions {
  std::string host = "0.0.0.0";
  std::uint16_t port = 8080;  // 0: any free port.
  unsigned threads = 0;       // 0: one per usable core.
  std::size_t head_bytes_max = 16 << 10;
  std::size_t connections_max = 10'000;
  std::chrono::milliseconds head_timeout{10'000};  // From the first byte to the end of the head.
  std::chrono::milliseconds idle_timeout{75'000};  // Between requests of one connection.
  // A transfer that moves less than this over `rate_window` is cut off.
  std::uint64_t body_bytes_per_second_min = 1024;
  std::chrono::milliseconds rate_window{10'000};
};

class HttpServer {
 public:
  // Binds, listens and starts the loops. `handler`, `workers` and `log` must outlive the server.
  static Result<std::unique_ptr<HttpServer>> start(ServerOptions options, Handler& handler,
                                                   WorkerPool& workers, Log& log);
  virtual ~HttpServer() = default;

  virtual std::uint16_t port() const = 0;
  virtual std::size_t open_connections() const = 0;
  // Stops accepting, closes idle connections, lets requests in flight finish until the deadline,
  // then closes what is left and joins the loops. Blocks. Idempotent. Returns whether everything
  // finished in time.
  virtual bool drain(std::chrono::milliseconds patience) = 0;
};

}  // namespace vc::net
