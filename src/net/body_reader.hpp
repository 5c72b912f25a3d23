// BodyReader: the body of one request, first from what was read with the head, then from the
// socket.
#pragma once

#include "net/exchange.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace vc::net {

class BodyReader {
 public:
  // How reading ended. `gone` includes a client that has fallen silent past its deadline when
  // connection.expired() says so.
  enum class End { complete, gone, refused };

  // For the request just parsed.
  BodyReader(Connection& connection, Exchange& exchange);

  // Bytes not taken yet; nullopt when nobody can know (an unread or broken chunked body).
  std::optional<std::uint64_t> left() const { return left_; }

  // Whether all of it was read together with the head.
  bool is_buffered() const { return left_ && *left_ <= exchange_.input.content().size(); }

  // Whether the client waits for leave to send its body.
  bool awaits_continue() const;
  Task<bool> send_continue();

  // At least one byte, at most what is left of a body of known length; 0 when the client has gone.
  Task<std::size_t> read_some(std::span<char> into);

  struct Whole {
    End end = End::complete;
    Refusal refusal;  // When refused.
    std::string body;
  };

  // `bytes_max` is for a body whose length is not known; else the caller has looked at left().
  Task<Whole> read_whole(std::size_t bytes_max);

  // Reads and forgets the rest of a body of known length.
  Task<bool> discard();

 private:
  Task<Whole> read_sized(std::uint64_t size);
  Task<Whole> read_chunked(std::size_t bytes_max);

  Connection& connection_;
  Exchange& exchange_;
  std::optional<std::uint64_t> left_;
};

}  // namespace vc::net
