// LocalSpool: one upload on its way to the local disk.
#pragma once

#include "core/clock.hpp"
#include "core/digest.hpp"
#include "storage/driver.hpp"
#include "storage/local_objects.hpp"
#include "storage/local_root.hpp"
#include "storage/staged_file.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

namespace vc::storage {

class LocalSpool final : public Spool {
 public:
  struct Context {
    const LocalRoot& root;
    LocalObjects& objects;
    const Clock& clock;
    std::uint64_t object_bytes_max = 0;
    std::function<void()> published;
  };

  // Reserves the space of `size_bytes` at once, so that a full disk refuses an upload before its
  // body has been sent: Errc::no_space.
  static Result<std::unique_ptr<Spool>> create(const Context& context,
                                               std::optional<std::uint64_t> size_bytes);

  Result<void> write(ByteView bytes) override;
  Result<Stored> commit(const wire::ObjectKey& key, const UploadTerms& terms,
                        PutMode mode) override;

 private:
  enum class State { receiving, spent };

  LocalSpool(const Context& context, StagedFile file, std::optional<std::uint64_t> size_bytes)
      : context_(context), file_(std::move(file)), size_bytes_(size_bytes) {}

  Result<void> seal(const BlobHeader& header);

  Context context_;
  StagedFile file_;
  std::optional<std::uint64_t> size_bytes_;
  std::uint64_t received_bytes_ = 0;
  Hasher hasher_;
  State state_ = State::receiving;
};

}  // namespace vc::storage
