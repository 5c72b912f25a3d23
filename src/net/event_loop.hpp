// EventLoop: one io_context, its thread and the connections that live on it.
#pragma once

#include "core/clock.hpp"
#include "core/log.hpp"
#include "core/worker_pool.hpp"
#include "net/asio.hpp"
#include "net/http_server.hpp"

#include <boost/asio/basic_waitable_timer.hpp>

#include <atomic>
#include <cstddef>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace vc::net {

class Connection;

// What all connections of one server share. Outlives the loops' threads, not the loops: a Reply
// kept after the end of the server keeps its loop, and that loop touches none of this any more.
struct Service {
  ServerOptions options;
  Handler& handler;
  WorkerPool& workers;
  Log& log;
  std::atomic<std::size_t> open_connections{0};
  std::atomic<std::size_t> turned_away{0};  // Being told that there are too many connections.
};

// One of a limited number of places, until it is destroyed.
class Seat {
 public:
  // nullopt when `max` are taken.
  static std::optional<Seat> take(std::atomic<std::size_t>& taken, std::size_t max) {
    for (std::size_t now = taken.load(); now < max;) {
      if (taken.compare_exchange_weak(now, now + 1)) {
        return Seat(taken);
      }
    }
    return std::nullopt;
  }

  Seat(Seat&& other) noexcept : taken_(std::exchange(other.taken_, nullptr)) {}

  Seat& operator=(Seat&&) = delete;
  Seat(const Seat&) = delete;
  Seat& operator=(const Seat&) = delete;

  ~Seat() {
    if (taken_ != nullptr) {
      --*taken_;
    }
  }

 private:
  explicit Seat(std::atomic<std::size_t>& taken) : taken_(&taken) {}

  std::atomic<std::size_t>* taken_;
};

// Everything here is called on the loop's own thread unless it says otherwise.
class EventLoop : public std::enable_shared_from_this<EventLoop> {
 public:
  explicit EventLoop(Service& service);
  ~EventLoop();
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;
  EventLoop(EventLoop&&) = delete;
  EventLoop& operator=(EventLoop&&) = delete;

  asio::io_context& context() { return context_; }

  Service& service() { return service_; }

  // Any thread. Runs on the loop, in order; never, when the loop has ended.
  void post(std::move_only_function<void()> work);

  // Any thread.
  bool is_current() const { return std::this_thread::get_id() == thread_id_.load(); }

  // Starts the thread; `on_end` is called as its last act.
  void start(std::move_only_function<void()> on_end);
  void join();

  // Any thread. Stops accepting and closes connections between requests; the thread ends when the
  // last connection has.
  void begin_drain();
  // Any thread. Cuts every connection.
  void abort_connections();

  bool draining() const { return draining_; }

  // The sweep visits a connection from here until leave().
  using Place = std::list<Connection*>::iterator;
  Place enroll(Connection& connection);
  void leave(Place place);

  // `stop` is called once, when draining begins.
  void on_drain(std::function<void()> stop) { stop_accepting_ = std::move(stop); }

  // For the Date header; formatted at most once a second.
  std::string_view date();

  // Runs `work` on the pool as soon as that has room. For work that has been paid for already and
  // must not be refused; new work asks try_submit() and is answered 503.
  void submit_when_room(std::function<void()> work);

 private:
  using Timer = asio::basic_waitable_timer<std::chrono::steady_clock,
                                           asio::wait_traits<std::chrono::steady_clock>, Executor>;

  void run();
  void arm_sweep();
  void sweep();
  bool is_drained() const;
  void end_if_drained();

  Service& service_;
  asio::io_context context_;
  Timer sweep_timer_;
  std::chrono::milliseconds sweep_interval_;
  std::list<Connection*> connections_;
  std::vector<std::function<void()>> waiting_for_room_;
  std::function<void()> stop_accepting_;
  bool draining_ = false;
  std::int64_t date_second_ = -1;
  std::string date_;
  std::atomic<std::thread::id> thread_id_;
  std::move_only_function<void()> on_end_;
  std::thread thread_;
};

}  // namespace vc::net
