#include "net/exchange.hpp"

#include "core/assert.hpp"

#include <optional>

namespace vc::net {

namespace {

void settle(Exchange& exchange, std::optional<Response> response) {
  exchange.answer = response ? Exchange::Answer::given : Exchange::Answer::dropped;
  exchange.response = std::move(response).value_or(Response{});
  if (exchange.connection != nullptr) {
    exchange.connection->wake();  // Does nothing while the handler is still on the stack.
  }
}

class LoopChannel final : public Reply::Channel {
 public:
  LoopChannel(std::shared_ptr<EventLoop> loop, std::shared_ptr<Exchange> exchange)
      : loop_(std::move(loop)), exchange_(std::move(exchange)) {}

  LoopChannel(const LoopChannel&) = delete;
  LoopChannel& operator=(const LoopChannel&) = delete;
  LoopChannel(LoopChannel&&) = delete;
  LoopChannel& operator=(LoopChannel&&) = delete;

  ~LoopChannel() override {
    if (exchange_) {
      answer(std::nullopt);
    }
  }

  void send(Response response) override { answer(std::move(response)); }

 private:
  void answer(std::optional<Response> response) {
    if (loop_->is_current()) {
      settle(*exchange_, std::move(response));
      exchange_.reset();
    } else {
      // The reference travels with the work: the loop's thread is the last to touch the exchange.
      loop_->post([exchange = std::move(exchange_), response = std::move(response)]() mutable {
        settle(*exchange, std::move(response));
      });
    }
  }

  std::shared_ptr<EventLoop> loop_;
  std::shared_ptr<Exchange> exchange_;
};

}  // namespace

Reply::~Reply() = default;  // The channel answers for a Reply that was dropped.

void Reply::send(Response response) {
  VC_ASSERT(channel_ != nullptr);  // A request is answered once.
  std::exchange(channel_, nullptr)->send(std::move(response));
}

Reply make_reply(std::shared_ptr<EventLoop> loop, std::shared_ptr<Exchange> exchange) {
  return Reply(std::make_unique<LoopChannel>(std::move(loop), std::move(exchange)));
}

}  // namespace vc::net
