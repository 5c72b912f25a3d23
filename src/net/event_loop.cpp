#include "net/event_loop.hpp"

#include "core/assert.hpp"
#include "net/connection.hpp"
#include "net/response_head.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <csignal>
#include <ctime>

namespace vc::net {

namespace {

using namespace std::chrono_literals;

// A deadline is noticed at most a quarter of itself late, and an idle process wakes once a second.
constexpr auto kSweepIntervalMax = 1'000ms;
constexpr auto kSweepIntervalMin = 10ms;

std::chrono::milliseconds sweep_interval_for(const ServerOptions& options) {
  const auto shortest = std::min({options.head_timeout, options.idle_timeout, options.rate_window});
  return std::clamp(shortest / 4, kSweepIntervalMin, kSweepIntervalMax);
}

}  // namespace

// UNSAFE_IO: no locks around descriptors and timers, which only this loop's thread touches; posting
// from elsewhere stays safe.
EventLoop::EventLoop(Service& service)
    : service_(service),
      context_(BOOST_ASIO_CONCURRENCY_HINT_UNSAFE_IO),
      sweep_timer_(context_.get_executor()),
      sweep_interval_(sweep_interval_for(service.options)) {}

EventLoop::~EventLoop() {
  VC_ASSERT(!thread_.joinable());
}

void EventLoop::post(std::move_only_function<void()> work) {
  asio::post(context_.get_executor(), std::move(work));
}

void EventLoop::start(std::move_only_function<void()> on_end) {
  on_end_ = std::move(on_end);
  thread_ = std::thread([this] { run(); });
}

void EventLoop::join() {
  if (thread_.joinable()) {
    thread_.join();
  }
}

void EventLoop::run() {
  thread_id_ = std::this_thread::get_id();
  // sendfile has no MSG_NOSIGNAL: a client that leaves must not end the process.
  sigset_t broken_pipe;
  sigemptyset(&broken_pipe);
  sigaddset(&broken_pipe, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &broken_pipe, nullptr);
  arm_sweep();
  context_.run();
  VC_ASSERT(connections_.empty());
  // The pool stayed full to the end: these run here, where they can no longer delay a request.
  for (auto& work : waiting_for_room_) {
    work();
  }
  waiting_for_room_.clear();
  on_end_();
}

void EventLoop::begin_drain() {
  post([this] {
    draining_ = true;
    if (stop_accepting_) {
      std::exchange(stop_accepting_, nullptr)();
    }
    for (Connection* connection : connections_) {
      connection->hang_up_if_idle();
    }
    end_if_drained();
  });
}

void EventLoop::abort_connections() {
  post([this] {
    for (Connection* connection : connections_) {
      connection->abort();
    }
  });
}

EventLoop::Place EventLoop::enroll(Connection& connection) {
  return connections_.insert(connections_.end(), &connection);
}

void EventLoop::leave(Place place) {
  connections_.erase(place);
  end_if_drained();
}

std::string_view EventLoop::date() {
  const std::int64_t now = std::time(nullptr);
  if (now != date_second_) {
    date_second_ = now;
    date_ = http_date(now);
  }
  return date_;
}

void EventLoop::submit_when_room(std::function<void()> work) {
  if (!service_.workers.try_submit(work)) {
    waiting_for_room_.push_back(std::move(work));
  }
}

void EventLoop::arm_sweep() {
  sweep_timer_.expires_after(sweep_interval_);
  sweep_timer_.async_wait([this](error_code error) {
    if (!error && !is_drained()) {
      sweep();
      arm_sweep();
    }
  });
}

void EventLoop::sweep() {
  const SteadyTime now = std::chrono::steady_clock::now();
  for (Connection* connection : connections_) {
    connection->check_deadline(now);
  }
  for (auto& work : std::exchange(waiting_for_room_, {})) {
    submit_when_room(std::move(work));
  }
}

bool EventLoop::is_drained() const {
  return draining_ && connections_.empty();
}

// With the listener and the sweep gone the io_context has nothing left to wait for, and run() ends.
void EventLoop::end_if_drained() {
  if (is_drained()) {
    sweep_timer_.cancel();
  }
}

}  // namespace vc::net
