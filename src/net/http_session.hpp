// Session: HTTP/1.1 on one connection: heads in, body plans carried out, replies out (RFC 9112).
#pragma once

#include "net/body_reader.hpp"
#include "net/connection.hpp"
#include "net/exchange.hpp"
#include "net/response_head.hpp"

#include <chrono>
#include <memory>
#include <string>

namespace vc::net {

class Session {
 public:
  Session(std::shared_ptr<EventLoop> loop, Socket socket, std::string peer_address, Seat seat);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;
  Session(Session&&) = delete;
  Session& operator=(Session&&) = delete;

  // Serves requests until either side closes.
  static Task<> serve(std::unique_ptr<Session> session);
  // Answers 503 whatever is asked, and closes.
  static Task<> turn_away(std::unique_ptr<Session> session);

 private:
  // What becomes of the connection.
  enum class After {
    next_request,
    close,   // Both sides know it.
    linger,  // The client may still be sending; it must get to read the answer first.
    cut,     // In the middle of a reply: the client must not take what it has for all of it.
  };
  enum class Head { complete, incomplete, refused, gone };

  Task<Head> read_head();
  // Looks for a head in the input; `scanned` bytes of it were searched before.
  Head search_head(std::size_t& scanned);
  Head refuse_head(Refusal refusal);

  Task<After> answer();
  Task<After> receive_buffered(BufferBody plan, BodyReader& body);
  Task<After> receive_streamed(StreamBody plan, BodyReader& body);
  Task<After> give_up_on_body();
  Task<After> await_reply(BodyReader& body);

  // Makes the server's own answer the exchange's response.
  void refuse(int status, std::string_view reason);
  // Sends the exchange's response. `body` says what is left of the request; null: nobody knows.
  Task<After> send_reply(BodyReader* body);
  Task<bool> write_reply(const ReplyFrame& frame);
  // Reads on for so long, so that the client gets to see the answer.
  Task<> linger(std::chrono::milliseconds time);

  std::shared_ptr<EventLoop> loop_;
  Service& service_;
  std::shared_ptr<Exchange> exchange_;
  Connection connection_;
  std::string reply_head_;
  Seat seat_;
};

}  // namespace vc::net
