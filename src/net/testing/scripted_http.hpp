// ScriptedHttp: an HttpClient whose answers a test writes down, and which records what was asked.
#pragma once

#include "net/http_client.hpp"

#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace vc::net {

class ScriptedHttp final : public HttpClient {
 public:
  using Answer = Result<ClientResponse>;

  // Answers are given out in this order; when there are none left, Errc::unavailable.
  void will_answer(Answer answer) {
    const std::scoped_lock lock(mutex_);
    answers_.push_back(std::move(answer));
  }

  Answer send(const ClientRequest& request, const Receiver& receiver,
              std::stop_token stop) override {
    Answer answer = fail(Errc::unavailable, "the script has no more answers");
    {
      const std::scoped_lock lock(mutex_);
      requests_.push_back(request);
      if (stop.stop_requested()) {
        return fail(Errc::canceled, "stopped");
      }
      if (!answers_.empty()) {
        answer = std::move(answers_.front());
        answers_.pop_front();
      }
    }
    return delivered(std::move(answer), receiver);
  }

  std::vector<ClientRequest> requests() const {
    const std::scoped_lock lock(mutex_);
    return requests_;
  }

  // What a real client does with the body of a 2xx answer when there is a receiver.
  static Answer delivered(Answer answer, const Receiver& receiver) {
    if (answer && receiver && answer->status >= 200 && answer->status < 300) {
      const std::string body = std::exchange(answer->body, {});
      if (auto taken = receiver(as_bytes(body)); !taken) {
        return std::unexpected(std::move(taken).error());
      }
    }
    return answer;
  }

 private:
  mutable std::mutex mutex_;
  std::deque<Answer> answers_;
  std::vector<ClientRequest> requests_;
};

}  // namespace vc::net
