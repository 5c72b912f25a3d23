// MemoryDriver: the reference driver: everything a Driver promises, in the least code, until the
// process ends. For tests, and for trying the gateway out.
#pragma once

#include "core/clock.hpp"
#include "storage/driver.hpp"
#include "storage/url_signer.hpp"

#include <cstdint>
#include <map>
#include <mutex>
#include <string>

namespace vc::storage {

struct MemoryOptions {
  std::uint64_t object_bytes_max = 64ULL << 20;
  std::uint64_t bytes_max = 1ULL << 30;  // Past it uploads fail with Errc::no_space.
};

class MemoryDriver final : public Driver {
 public:
  explicit MemoryDriver(const Clock& clock, MemoryOptions options = {});

  std::string_view name() const override { return "memory"; }

  DriverLimits limits() const override;
  Presence presence(const wire::ObjectKey& key) const override;
  Result<std::optional<ObjectInfo>> head(const wire::ObjectKey& key, Deadline deadline) override;
  Result<Ticket> sign_get(const wire::ObjectKey& key, std::chrono::seconds ttl) const override;
  Result<Ticket> sign_put(const wire::ObjectKey& key, const UploadTerms& terms,
                          std::chrono::seconds ttl) const override;
  Result<std::optional<OpenObject>> open(const wire::ObjectKey& key) override;
  Result<std::unique_ptr<Spool>> spool(std::optional<std::uint64_t> size_bytes) override;

  const UrlSigner* url_signer() const override { return &url_signer_; }

  std::optional<SigningKey> seal_key() const override { return seal_key_; }

  Result<void> check() override { return {}; }

 private:
  friend class MemorySpool;

  struct Object {
    std::string body;
    Digest sha256;
    std::string vcmeta;
  };

  Result<Stored> publish(const wire::ObjectKey& key, Object object, PutMode mode);

  MemoryOptions options_;
  UrlSigner url_signer_;
  std::optional<SigningKey> seal_key_;
  mutable std::mutex mutex_;
  std::map<wire::ObjectKey, Object> objects_;
  std::uint64_t bytes_ = 0;
};

}  // namespace vc::storage
