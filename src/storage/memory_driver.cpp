#include "storage/memory_driver.hpp"

#include "core/assert.hpp"
#include "core/files.hpp"
#include "storage/upload_terms.hpp"

#include <sys/mman.h>

#include <utility>

namespace vc::storage {

namespace {

std::unexpected<Error> too_large(std::uint64_t bytes_max) {
  return fail(Errc::too_large,
              "artifacts have at most " + std::to_string(bytes_max) + " bytes here");
}

std::optional<SigningKey> new_seal_key() {
  auto key = SigningKey::from_seed(random_bytes(SigningKey::kSeedSize));
  VC_ASSERT(key);
  return *std::move(key);
}

}  // namespace

class MemorySpool final : public Spool {
 public:
  MemorySpool(MemoryDriver& driver, std::optional<std::uint64_t> size_bytes)
      : driver_(driver), size_bytes_(size_bytes) {}

  Result<void> write(ByteView bytes) override {
    VC_ASSERT(!spent_);
    spent_ = true;  // Unless all of this goes well.
    const std::uint64_t bytes_max = driver_.limits().object_bytes_max;
    if (bytes.size() > bytes_max - body_.size()) {
      return too_large(bytes_max);
    }
    body_.append(as_text(bytes));
    spent_ = false;
    return {};
  }

  Result<Stored> commit(const wire::ObjectKey& key, const UploadTerms& terms,
                        PutMode mode) override {
    VC_ASSERT(!spent_);
    spent_ = true;
    VC_CHECK(check_mode(key, mode));
    VC_CHECK(check_vcmeta(terms.vcmeta));
    const Digest digest = sha256(body_);
    VC_CHECK(check_body({.size_bytes = size_bytes_}, body_.size(), digest));
    VC_CHECK(check_body(terms, body_.size(), digest));
    return driver_.publish(
        key, {.body = std::move(body_), .sha256 = digest, .vcmeta = terms.vcmeta}, mode);
  }

 private:
  MemoryDriver& driver_;
  std::optional<std::uint64_t> size_bytes_;
  std::string body_;
  bool spent_ = false;
};

MemoryDriver::MemoryDriver(const Clock& clock, MemoryOptions options)
    : options_(options), url_signer_(random_bytes(kUrlKeySize), clock), seal_key_(new_seal_key()) {}

DriverLimits MemoryDriver::limits() const {
  return {.needs_size = false, .object_bytes_max = options_.object_bytes_max};
}

Presence MemoryDriver::presence(const wire::ObjectKey& key) const {
  const std::scoped_lock lock(mutex_);
  return objects_.contains(key) ? Presence::maybe : Presence::absent;
}

Result<std::optional<ObjectInfo>> MemoryDriver::head(const wire::ObjectKey& key, Deadline) {
  const std::scoped_lock lock(mutex_);
  const auto found = objects_.find(key);
  if (found == objects_.end()) {
    return std::nullopt;
  }
  return ObjectInfo{.size_bytes = found->second.body.size(), .vcmeta = found->second.vcmeta};
}

Result<Ticket> MemoryDriver::sign_get(const wire::ObjectKey& key, std::chrono::seconds ttl) const {
  return url_signer_.sign_get(key, ttl);
}

Result<Ticket> MemoryDriver::sign_put(const wire::ObjectKey& key, const UploadTerms& terms,
                                      std::chrono::seconds ttl) const {
  VC_CHECK(check_terms(terms, limits()));
  return url_signer_.sign_put(key, terms, ttl);
}

// What sendfile(2) can send is a file, so a copy is made into one without a name.
Result<std::optional<OpenObject>> MemoryDriver::open(const wire::ObjectKey& key) {
  const std::scoped_lock lock(mutex_);
  const auto found = objects_.find(key);
  if (found == objects_.end()) {
    return std::nullopt;
  }
  const Object& object = found->second;
  UniqueFd fd(::memfd_create("artifact", MFD_CLOEXEC));
  if (!fd.valid()) {
    return std::unexpected(errno_error("create a memory file"));
  }
  VC_CHECK(write_all(fd.get(), as_bytes(object.body)));
  return OpenObject{.content = {.fd = std::move(fd), .offset = 0, .length = object.body.size()},
                    .vcmeta = object.vcmeta,
                    .etag = '"' + object.sha256.hex() + '"'};
}

Result<std::unique_ptr<Spool>> MemoryDriver::spool(std::optional<std::uint64_t> size_bytes) {
  if (size_bytes && *size_bytes > options_.object_bytes_max) {
    return too_large(options_.object_bytes_max);
  }
  return std::make_unique<MemorySpool>(*this, size_bytes);
}

Result<Stored> MemoryDriver::publish(const wire::ObjectKey& key, Object object, PutMode mode) {
  const std::scoped_lock lock(mutex_);
  const auto found = objects_.find(key);
  if (found != objects_.end() && mode == PutMode::create_only) {
    return Stored::exists;
  }
  const std::uint64_t bytes_before = found == objects_.end() ? 0 : found->second.body.size();
  if (object.body.size() > options_.bytes_max - (bytes_ - bytes_before)) {
    return fail(Errc::no_space, "the memory driver is full", "use VC_STORAGE_DRIVER=local");
  }
  bytes_ = bytes_ - bytes_before + object.body.size();
  objects_.insert_or_assign(key, std::move(object));
  return Stored::created;
}

}  // namespace vc::storage
