// FileSpool: an upload that passes through the gateway on its way to an object store: a file
// without a name until it is complete and checked, then one PUT, which is the store's own matter.
#pragma once

#include "core/digest.hpp"
#include "core/fd.hpp"
#include "storage/driver.hpp"

#include <cstdint>
#include <optional>

namespace vc::storage {

// A file in the system's temporary directory that nobody else can open and that nobody has to
// remove.
Result<UniqueFd> nameless_file();

class FileSpool : public Spool {
 public:
  Result<void> write(ByteView bytes) final;
  Result<Stored> commit(const wire::ObjectKey& key, const UploadTerms& terms, PutMode mode) final;

 protected:
  // Everything that has arrived.
  struct Body {
    int fd = -1;
    std::uint64_t size_bytes = 0;
    Digest sha256;
  };

  // Where a spool starts from. Errc::too_large when it is known to be.
  struct Opened {
    UniqueFd file;
    std::optional<std::uint64_t> size_bytes;
    std::uint64_t object_bytes_max = 0;
  };

  static Result<Opened> open(std::optional<std::uint64_t> size_bytes,
                             std::uint64_t object_bytes_max);

  explicit FileSpool(Opened opened) : opened_(std::move(opened)) {}

 private:
  // `body` is what `terms` announced, `key` may be written in this mode.
  virtual Result<Stored> publish(const wire::ObjectKey& key, const Body& body,
                                 const UploadTerms& terms, PutMode mode) = 0;

  enum class State { receiving, spent };

  Opened opened_;
  std::uint64_t received_bytes_ = 0;
  Hasher hasher_;
  State state_ = State::receiving;
};

}  // namespace vc::storage
