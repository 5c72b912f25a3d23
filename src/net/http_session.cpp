#include "net/http_session.hpp"

#include "net/file_sender.hpp"
#include "net/upload.hpp"

#include <algorithm>
#include <array>

namespace vc::net {

namespace {

using namespace std::chrono_literals;

// An unread body up to this size is read and forgotten, so that the connection can be kept.
constexpr std::uint64_t kDrainedBodyBytesMax = 64 << 10;
// How long a client may go on sending after it was refused, and pause in between, before the
// connection is cut. Closing at once would make the kernel answer its next packet with RST, and the
// refusal could be lost unread.
constexpr auto kLingerTime = 30'000ms;
constexpr auto kLingerPause = 5'000ms;
// Nobody counts the connections that were one too many.
constexpr auto kLingerTimeTurnedAway = 2'000ms;
constexpr std::size_t kLingerReadBytes = 16 << 10;
// A reply head past this gives its memory back.
constexpr std::size_t kReplyHeadBytesKept = 2 << 10;

// As much of the request target as is there.
std::string_view target_of_unfinished(std::string_view head) {
  head.remove_prefix(std::min(head.find(' ') + 1, head.size()));
  return head.substr(0, head.find_first_of(" \r"));
}

}  // namespace

Session::Session(std::shared_ptr<EventLoop> loop, Socket socket, std::string peer_address,
                 Seat seat)
    : loop_(std::move(loop)),
      service_(loop_->service()),
      exchange_(std::make_shared<Exchange>(std::move(peer_address))),
      connection_(*loop_, std::move(socket)),
      seat_(std::move(seat)) {
  exchange_->connection = &connection_;
}

Session::~Session() {
  exchange_->connection = nullptr;
}

Task<> Session::serve(std::unique_ptr<Session> session) {
  auto after = After::next_request;
  while (after == After::next_request) {
    const Head head = co_await session->read_head();
    if (head == Head::complete) {
      after = co_await session->answer();
    } else if (head == Head::refused) {
      after = co_await session->send_reply(nullptr);
    } else {
      after = After::close;
    }
  }
  if (after == After::linger) {
    co_await session->linger(kLingerTime);
  } else if (after == After::cut) {
    session->connection_.reset_on_close();
  }
}

Task<> Session::turn_away(std::unique_ptr<Session> session) {
  session->refuse(503, "too many connections");
  if (co_await session->send_reply(nullptr) == After::linger) {
    co_await session->linger(kLingerTimeTurnedAway);
  }
}

Task<Session::Head> Session::read_head() {
  InputBuffer& input = exchange_->input;
  exchange_->reset();
  if (reply_head_.capacity() > kReplyHeadBytesKept) {
    reply_head_ = {};
  }
  std::size_t scanned = 0;
  bool begun = !input.content().empty();
  Head head = search_head(scanned);
  connection_.allow(begun ? service_.options.head_timeout : service_.options.idle_timeout);
  while (head == Head::incomplete) {
    if (!begun && loop_->draining()) {
      co_return Head::gone;
    }
    connection_.set_idle(!begun);
    const std::size_t bytes =
        co_await connection_.read_some(input.room(service_.options.head_bytes_max));
    connection_.set_idle(false);
    if (bytes == 0) {
      const bool too_slow = begun && connection_.expired();
      co_return too_slow ? refuse_head({.status = 408, .reason = "request head too slow"})
                         : Head::gone;
    }
    input.added(bytes);
    head = search_head(scanned);
    if (head == Head::incomplete && !begun) {
      connection_.allow(service_.options.head_timeout);
    }
    begun = true;
  }
  connection_.lift_deadline();
  co_return head;
}

Session::Head Session::search_head(std::size_t& scanned) {
  const std::size_t head_max = service_.options.head_bytes_max;
  InputBuffer& input = exchange_->input;
  // RFC 9112 section 2.2: empty lines before a request are skipped.
  while (scanned == 0 && input.content().starts_with("\r\n")) {
    input.consume(2);
  }
  const std::string_view content = input.content();
  if (content.empty() || content == "\r") {
    return Head::incomplete;
  }
  std::size_t head_bytes = 0;
  switch (find_head_end(content.substr(0, head_max), scanned, head_bytes)) {
    case HeadSearch::malformed:
      return refuse_head({.status = 400, .reason = "malformed request"});
    case HeadSearch::incomplete:
      scanned = content.size();
      if (scanned < head_max) {
        return Head::incomplete;
      }
      return target_of_unfinished(content).size() > kTargetBytesMax
                 ? refuse_head({.status = 414, .reason = "request target too long"})
                 : refuse_head({.status = 431, .reason = "request head too large"});
    case HeadSearch::complete:
      break;
  }
  if (const auto refusal = exchange_->request.parse(content.substr(0, head_bytes))) {
    refuse(refusal->status, refusal->reason);
    return Head::refused;
  }
  input.consume(head_bytes);
  return Head::complete;
}

Session::Head Session::refuse_head(Refusal refusal) {
  exchange_->request.forget();
  refuse(refusal.status, refusal.reason);
  return Head::refused;
}

void Session::refuse(int status, std::string_view reason) {
  exchange_->response = service_.handler.refusal(status, reason);
  exchange_->answer = Exchange::Answer::given;
}

Task<Session::After> Session::answer() {
  BodyReader body(connection_, *exchange_);
  BodyPlan plan = service_.handler.on_request(exchange_->request);
  if (auto* buffer = std::get_if<BufferBody>(&plan)) {
    co_return co_await receive_buffered(std::move(*buffer), body);
  }
  if (auto* stream = std::get_if<StreamBody>(&plan)) {
    co_return co_await receive_streamed(std::move(*stream), body);
  }
  exchange_->response = std::get<Response>(std::move(plan));
  co_return co_await send_reply(&body);
}

Task<Session::After> Session::receive_buffered(BufferBody plan, BodyReader& body) {
  if (body.left() > plan.bytes_max) {
    refuse(413, "request body too large");
    co_return co_await send_reply(&body);
  }
  if (body.awaits_continue() && !co_await body.send_continue()) {
    co_return After::close;
  }
  if (!body.is_buffered()) {
    connection_.demand_pace();
  }
  BodyReader::Whole whole = co_await body.read_whole(plan.bytes_max);
  if (whole.end == BodyReader::End::refused) {
    refuse(whole.refusal.status, whole.refusal.reason);
    co_return co_await send_reply(&body);
  }
  if (whole.end == BodyReader::End::gone) {
    co_return co_await give_up_on_body();
  }
  connection_.lift_deadline();
  plan.then(std::move(whole.body), make_reply(loop_, exchange_));
  co_return co_await await_reply(body);
}

Task<Session::After> Session::receive_streamed(StreamBody plan, BodyReader& body) {
  const bool too_large = body.left() > plan.bytes_max;
  if (!body.left() || !exchange_->request.content_length() || too_large) {
    retire_sink(*loop_, exchange_, std::move(plan.sink));
    too_large ? refuse(413, "request body too large") : refuse(411, "a Content-Length is required");
    co_return co_await send_reply(&body);
  }
  if (body.awaits_continue() && !co_await body.send_continue()) {
    retire_sink(*loop_, exchange_, std::move(plan.sink));
    co_return After::close;
  }
  switch (co_await receive_upload(loop_, exchange_, body, std::move(plan.sink))) {
    case UploadEnd::handed_over:
      co_return co_await await_reply(body);
    case UploadEnd::refused:
      co_return co_await send_reply(&body);
    case UploadEnd::gone:
      co_return co_await give_up_on_body();
    case UploadEnd::overloaded:
      break;
  }
  refuse(503, "too many uploads at once");
  exchange_->response.headers.set("Retry-After", "1");
  co_return co_await send_reply(&body);
}

Task<Session::After> Session::give_up_on_body() {
  if (!connection_.expired()) {
    co_return After::close;
  }
  refuse(408, "request body too slow");
  co_return co_await send_reply(nullptr);
}

Task<Session::After> Session::await_reply(BodyReader& body) {
  while (exchange_->answer == Exchange::Answer::none_yet) {
    if (connection_.aborted()) {
      co_return After::cut;
    }
    co_await connection_.suspend();
  }
  if (exchange_->answer == Exchange::Answer::dropped) {
    refuse(500, "the request was given up");
  }
  co_return co_await send_reply(&body);
}

Task<Session::After> Session::send_reply(BodyReader* body) {
  if (!is_well_formed(exchange_->response)) {
    service_.log.error("handler built a response that cannot be sent",
                       {{"status", static_cast<std::int64_t>(exchange_->response.status)}});
    refuse(500, "malformed response");
    exchange_->response.headers = {};
  }
  const auto left = body != nullptr ? body->left() : std::nullopt;
  const bool resumable = left && !body->awaits_continue() && *left <= kDrainedBodyBytesMax;
  const bool keep = resumable && exchange_->request.keep_alive() && !exchange_->response.close &&
                    !loop_->draining();
  connection_.lift_deadline();
  if (!co_await write_reply(
          {.date = loop_->date(), .keep_alive = keep, .http10 = exchange_->request.is_http10()})) {
    co_return After::cut;
  }
  if (!keep) {
    const bool unread = body == nullptr || body->left() != 0 || !exchange_->input.content().empty();
    co_return unread ? After::linger : After::close;
  }
  if (body->left() > 0) {
    connection_.demand_pace();
    if (!co_await body->discard()) {
      co_return After::close;
    }
  }
  co_return After::next_request;
}

Task<bool> Session::write_reply(const ReplyFrame& frame) {
  const Response& response = exchange_->response;
  reply_head_.clear();
  append_response_head(reply_head_, response, frame);
  const bool bodiless =
      exchange_->request.is_head() || !carries_body(response.status) || body_bytes(response) == 0;
  if (bodiless) {
    co_return co_await connection_.write(reply_head_);
  }
  if (const auto* text = std::get_if<std::string>(&response.body)) {
    co_return co_await connection_.write(reply_head_, *text);
  }
  if (!co_await connection_.write(reply_head_, {}, Connection::More::follows)) {
    co_return false;
  }
  co_return co_await send_file(loop_, exchange_);
}

Task<> Session::linger(std::chrono::milliseconds time) {
  connection_.shut_down_writing();
  connection_.set_idle(true);
  std::array<char, kLingerReadBytes>
      scratch;  // NOLINT(cppcoreguidelines-pro-type-member-init): filled by read_some.
  const auto end = std::chrono::steady_clock::now() + time;
  for (auto left = time; left > 0ms && !loop_->draining();
       left =
           std::chrono::ceil<std::chrono::milliseconds>(end - std::chrono::steady_clock::now())) {
    connection_.allow(std::min<std::chrono::milliseconds>(left, kLingerPause));
    if (co_await connection_.read_some(scratch) == 0) {
      co_return;
    }
  }
}

}  // namespace vc::net
