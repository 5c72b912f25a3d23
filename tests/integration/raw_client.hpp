// RawClient: a TCP client that sends exactly the bytes it is told to, well-formed or not.
#pragma once

#include "core/fd.hpp"
#include "net/http.hpp"

#include <gtest/gtest.h>

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>

namespace vc::net {

struct RawResponse {
  int status = 0;  // 0: the connection ended before a whole response had come.
  Headers headers;
  std::string body;
};

class RawClient {
 public:
  // Longer than any wait of a test that passes.
  static constexpr int kPatienceSeconds = 20;

  RawClient() : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const timeval patience{.tv_sec = kPatienceSeconds, .tv_usec = 0};
    ::setsockopt(fd_.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    ::setsockopt(fd_.get(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
  }

  explicit RawClient(std::uint16_t port) : RawClient() { connect(port); }

  // Before connect(): so that what the server sends soon has no room.
  void shrink_receive_buffer() {
    const int bytes = 4096;
    ::setsockopt(fd_.get(), SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes));
  }

  void connect(std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ASSERT_EQ(0, ::connect(fd_.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)));
  }

  // false when the server no longer takes it.
  bool send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent < 0) {
        return false;
      }
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }

  void finish_sending() { ::shutdown(fd_.get(), SHUT_WR); }

  int fd() const { return fd_.get(); }

  // What comes until the server closes; `was_reset` says that it did so with RST.
  std::string read_until_close() {
    while (receive()) {
    }
    return std::exchange(received_, {});
  }

  bool was_reset() const { return was_reset_; }

  // Waits for the end of the connection without reading anything from it.
  bool wait_for_close() {
    pollfd poll_for{.fd = fd_.get(), .events = 0, .revents = 0};
    return ::poll(&poll_for, 1, kPatienceSeconds * 1000) == 1;
  }

  enum class Body { as_announced, none };  // none: the answer to HEAD.

  RawResponse read_response(Body body = Body::as_announced) {
    std::size_t head_end = std::string::npos;
    while ((head_end = received_.find("\r\n\r\n")) == std::string::npos) {
      if (!receive()) {
        return {};
      }
    }
    RawResponse response = parse_head(std::string_view(received_).substr(0, head_end + 2));
    received_.erase(0, head_end + 4);
    std::size_t length = 0;
    if (const auto announced = response.headers.find("Content-Length"); announced) {
      std::from_chars(announced->data(), announced->data() + announced->size(), length);
    }
    if (body == Body::none || response.status < 200) {
      return response;
    }
    while (received_.size() < length) {
      if (!receive()) {
        return {};
      }
    }
    response.body = received_.substr(0, length);
    received_.erase(0, length);
    return response;
  }

  RawResponse request(std::string_view bytes) {
    send(bytes);
    return read_response();
  }

 private:
  bool receive() {
    std::array<char, 64 * 1024> piece{};
    const ssize_t bytes = ::recv(fd_.get(), piece.data(), piece.size(), 0);
    if (bytes <= 0) {
      EXPECT_TRUE(bytes == 0 || errno != EAGAIN) << "the server neither answers nor closes";
      was_reset_ = bytes < 0 && errno == ECONNRESET;
      return false;
    }
    received_.append(piece.data(), static_cast<std::size_t>(bytes));
    return true;
  }

  static RawResponse parse_head(std::string_view head) {
    RawResponse response;
    EXPECT_TRUE(head.starts_with("HTTP/1.1 ")) << head;
    std::from_chars(head.data() + 9, head.data() + 12, response.status);
    for (std::size_t at = head.find("\r\n") + 2; at < head.size();) {
      const std::size_t end = head.find("\r\n", at);
      const std::string_view line = head.substr(at, end - at);
      const std::size_t colon = line.find(": ");
      response.headers.add(std::string(line.substr(0, colon)), std::string(line.substr(colon + 2)));
      at = end + 2;
    }
    return response;
  }

  UniqueFd fd_;
  std::string received_;
  bool was_reset_ = false;
};

}  // namespace vc::net
