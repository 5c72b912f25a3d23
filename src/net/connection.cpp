#include "net/connection.hpp"

#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>

#include <sys/socket.h>

#include <array>
#include <cerrno>

namespace vc::net {

Connection::Connection(EventLoop& loop, Socket socket)
    : loop_(loop), socket_(std::move(socket)), place_(loop.enroll(*this)) {
  const int on = 1;
  ::setsockopt(fd(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
}

Connection::~Connection() {
  error_code ignored;
  socket_.close(ignored);
  loop_.leave(place_);
}

Task<std::size_t> Connection::read_some(std::span<char> into) {
  if (aborted_ || expired_) {
    co_return 0;
  }
  const auto [error, bytes] =
      co_await socket_.async_read_some(asio::buffer(into.data(), into.size()), kAsTuple);
  moved_ += bytes;
  co_return aborted_ || expired_ ? 0 : bytes;
}

Task<bool> Connection::write(std::string_view head, std::string_view body, More more) {
  const int flags = MSG_NOSIGNAL | MSG_DONTWAIT | (more == More::follows ? MSG_MORE : 0);
  while (!head.empty() || !body.empty()) {
    std::array<iovec, 2> parts{
        iovec{.iov_base = const_cast<char*>(head.data()), .iov_len = head.size()},
        iovec{.iov_base = const_cast<char*>(body.data()), .iov_len = body.size()}};
    msghdr message{};
    message.msg_iov = parts.data();
    message.msg_iovlen = body.empty() ? 1 : 2;
    const ssize_t sent = ::sendmsg(fd(), &message, flags);
    if (sent >= 0) {
      const auto bytes = static_cast<std::size_t>(sent);
      moved_ += bytes;
      const std::size_t of_head = std::min(bytes, head.size());
      head.remove_prefix(of_head);
      body.remove_prefix(bytes - of_head);
    } else if (errno == EAGAIN) {
      if (!co_await wait_writable()) {
        co_return false;
      }
    } else if (errno != EINTR) {
      co_return false;
    }
  }
  co_return true;
}

Task<bool> Connection::wait_writable() {
  if (!paced_) {
    demand_pace();
  }
  if (aborted_ || expired_) {
    co_return false;
  }
  const auto [error] = co_await socket_.async_wait(Socket::wait_write, kAsTuple);
  co_return !error && !aborted_ && !expired_;
}

Task<> Connection::yield() {
  co_await asio::post(socket_.get_executor(), UseTask{});
}

Task<> Connection::suspend() {
  if (aborted_) {
    co_return;
  }
  co_await asio::async_initiate<const UseTask, void()>(
      [this](auto handler) { suspended_ = std::move(handler); }, UseTask{});
}

void Connection::wake() {
  if (suspended_) {
    // Posted: the caller may be in the middle of another connection's work.
    asio::post(socket_.get_executor(), std::exchange(suspended_, nullptr));
  }
}

void Connection::interrupt() {
  error_code ignored;
  socket_.cancel(ignored);
}

void Connection::allow(std::chrono::milliseconds duration) {
  deadline_ = std::chrono::steady_clock::now() + duration;
  paced_ = expired_ = false;
}

void Connection::demand_pace() {
  allow(loop_.service().options.rate_window);
  paced_ = true;
  moved_at_window_ = moved_;
}

void Connection::lift_deadline() {
  deadline_ = SteadyTime::max();
  paced_ = expired_ = false;
}

void Connection::check_deadline(SteadyTime now) {
  if (now < deadline_) {
    return;
  }
  const ServerOptions& options = loop_.service().options;
  const auto window_ms = static_cast<std::uint64_t>(options.rate_window.count());
  if (paced_ && moved_ - moved_at_window_ >= options.body_bytes_per_second_min * window_ms / 1000) {
    deadline_ = now + options.rate_window;
    moved_at_window_ = moved_;
    return;
  }
  deadline_ = SteadyTime::max();
  expired_ = true;
  interrupt();
}

void Connection::hang_up_if_idle() {
  // A request whose first bytes are here already is in flight, and is answered.
  char byte = 0;
  if (idle_ && ::recv(fd(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) <= 0) {
    abort();
  }
}

void Connection::abort() {
  aborted_ = true;
  interrupt();
  wake();
}

void Connection::shut_down_writing() {
  error_code ignored;
  socket_.shutdown(Socket::shutdown_send, ignored);
}

void Connection::reset_on_close() {
  const linger no_linger{.l_onoff = 1, .l_linger = 0};
  ::setsockopt(fd(), SOL_SOCKET, SO_LINGER, &no_linger, sizeof(no_linger));
}

}  // namespace vc::net
