// Connection: a socket whose every wait ends: with bytes, with the peer's going, or by a deadline.
//
// Lives on one loop. The loop's sweep compares deadlines a few times per timeout, so that a request
// costs no timer. Waits return 0 or false when the connection is of no more use (or, after
// interrupt(), when the caller should look around); nothing here throws.
#pragma once

#include "core/clock.hpp"
#include "net/asio.hpp"
#include "net/event_loop.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string_view>

namespace vc::net {

class Connection {
 public:
  Connection(EventLoop& loop, Socket socket);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  Connection(Connection&&) = delete;
  Connection& operator=(Connection&&) = delete;

  Task<std::size_t> read_some(std::span<char> into);

  enum class More { none, follows };  // follows: hold a partial packet back for what comes next.
  Task<bool> write(std::string_view head, std::string_view body = {}, More more = More::none);
  Task<bool> wait_writable();
  // Lets other connections of the loop have their turn.
  Task<> yield();

  // Until wake(), abort() or a wake() before this: callers loop on what they wait for.
  Task<> suspend();
  void wake();
  // Ends a read that waits now, as if without bytes.
  void interrupt();

  // The deadline of all waits from now on. `pace` counts bytes instead: too few of them moved over
  // rate_window end the wait.
  void allow(std::chrono::milliseconds duration);
  void demand_pace();
  void lift_deadline();

  // Bytes moved outside of read_some() and write().
  void count_moved(std::size_t bytes) { moved_ += bytes; }

  bool expired() const { return expired_; }

  bool aborted() const { return aborted_; }

  // Between requests: drain may close it.
  void set_idle(bool idle) { idle_ = idle; }

  // For the loop.
  void check_deadline(SteadyTime now);
  void hang_up_if_idle();
  void abort();

  int fd() { return socket_.native_handle(); }

  void shut_down_writing();
  // What has not reached the peer is thrown away and the peer told so (RST): a transfer that failed
  // in the middle must not look like one that ended.
  void reset_on_close();

 private:
  EventLoop& loop_;
  Socket socket_;
  EventLoop::Place place_;
  SteadyTime deadline_ = SteadyTime::max();
  std::uint64_t moved_ = 0;
  std::uint64_t moved_at_window_ = 0;
  std::move_only_function<void()> suspended_;
  bool paced_ = false;
  bool expired_ = false;
  bool aborted_ = false;
  bool idle_ = false;
};

}  // namespace vc::net
