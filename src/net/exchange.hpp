// Exchange: one request and the answer to it, and the Reply that may answer from any thread.
//
// A connection has one Exchange, used for request after request. It is shared, not owned: a Reply
// or a BodySink of a client that has gone keeps it, so that their views of the head stay valid.
#pragma once

#include "net/connection.hpp"
#include "net/event_loop.hpp"
#include "net/input_buffer.hpp"
#include "net/request_parser.hpp"

#include <memory>
#include <string>

namespace vc::net {

// On the loop's thread only, but for the views of the request's head.
struct Exchange {
  explicit Exchange(std::string peer_address) : request(std::move(peer_address)) {}

  // Ready for the next request; what was read beyond the last one is kept.
  void reset() {
    response = {};
    answer = Answer::none_yet;
    if (beyond.empty()) {
      input.rest();
    } else {
      input.put_back(std::exchange(beyond, {}));
    }
  }

  InputBuffer input;   // Holds the head, into which the views point, until reset().
  std::string beyond;  // Was read from `input` past the end of a chunked body.
  RequestParser request;
  enum class Answer { none_yet, given, dropped };  // dropped: the Reply was destroyed unused.
  Answer answer = Answer::none_yet;
  Response response;                 // When given.
  Connection* connection = nullptr;  // Until that ends.
};

// A Reply that reaches the exchange on its loop from whatever thread it is used on, for as long as
// it likes: after the connection and even after the server have gone it does nothing.
Reply make_reply(std::shared_ptr<EventLoop> loop, std::shared_ptr<Exchange> exchange);

}  // namespace vc::net
