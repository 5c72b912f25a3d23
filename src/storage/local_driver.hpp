// LocalDriver: artifacts on a disk of this machine. One gateway per root.
//
// Kill -9 at any instruction leaves either the whole artifact or none: it is staged, verified and
// synced without a name, then linked, then the directory is synced, and only then is it reported as
// stored. Tickets are URLs of the gateway's own data plane.
#pragma once

#include "core/clock.hpp"
#include "core/files.hpp"
#include "core/log.hpp"
#include "core/signature.hpp"
#include "storage/driver.hpp"
#include "storage/local_eviction.hpp"
#include "storage/local_objects.hpp"
#include "storage/local_root.hpp"
#include "storage/url_signer.hpp"

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string_view>
#include <thread>

namespace vc::storage {

inline constexpr std::uint64_t kLocalObjectBytesMax = 5ULL << 30;

struct LocalOptions {
  fs::path root;
  std::uint64_t bytes_max = 0;      // Of all artifacts together; 0: no limit.
  std::chrono::seconds age_max{0};  // Since the last use; 0: no limit.
  std::uint64_t object_bytes_max = kLocalObjectBytesMax;
  fs::path url_key_file;  // Empty: keys/url.key in the root, made at the first start.
};

class LocalDriver final : public Driver {
 public:
  // Takes the root for itself until destruction. `clock` and `log` must outlive the driver.
  static Result<std::unique_ptr<LocalDriver>> create(const LocalOptions& options,
                                                     const Clock& clock, Log& log);
  ~LocalDriver() override;
  LocalDriver(const LocalDriver&) = delete;
  LocalDriver& operator=(const LocalDriver&) = delete;
  LocalDriver(LocalDriver&&) = delete;
  LocalDriver& operator=(LocalDriver&&) = delete;

  std::string_view name() const override { return "local"; }

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

  Result<void> check() override;

  Result<std::optional<std::chrono::days>> retention() override;

  // Blocks until the index has been rebuilt and swept once, which happens in the background after
  // each start.
  void wait_until_settled();
  // One whole sweep on this thread, for tests; otherwise sweeps run in the background, regularly
  // and when an upload goes over the size limit.
  LocalEviction::Report sweep_now();

  std::optional<std::uint64_t> bytes_stored() const override {
    return objects_->index().bytes_total();
  }

 private:
  struct Keys {
    Bytes url;
    SigningKey seal;
  };

  LocalDriver(const LocalOptions& options, LocalRoot root, Keys keys, const Clock& clock, Log& log);

  void run_in_background(const std::stop_token& stop);
  void after_publication();

  std::uint64_t object_bytes_max_;
  const Clock& clock_;
  LocalRoot root_;
  UrlSigner url_signer_;
  SigningKey seal_key_;
  std::unique_ptr<LocalObjects> objects_;  // Behind a pointer: vending is const, and a use.
  LocalEviction eviction_;

  std::mutex background_mutex_;
  std::condition_variable_any background_changed_;
  bool settled_ = false;
  bool sweep_wanted_ = false;
  std::jthread background_;  // Last: it uses all of the above.
};

}  // namespace vc::storage
