#include "storage/s3/signing_method.hpp"

#include <memory>
#include <utility>

namespace vc::storage {

namespace {

HmacKey derive_key(std::string_view secret, const SigningScope& scope) {
  HmacKey key(as_bytes(std::string(scope.scheme.name).append(secret)));
  for (const std::string_view part :
       {scope.day, scope.region, scope.scheme.service, scope.scheme.terminator}) {
    key = HmacKey(key.mac(part).bytes());
  }
  return key;
}

}  // namespace

std::string scope_text(const SigningScope& scope) {
  std::string text(scope.day);
  for (const std::string_view part :
       {scope.region, scope.scheme.service, scope.scheme.terminator}) {
    text.append("/").append(part);
  }
  return text;
}

std::shared_ptr<const HmacSigning::DayKey> HmacSigning::day_key(const Credentials& credentials,
                                                                const SigningScope& scope) const {
  std::string text = scope_text(scope);
  {
    const std::scoped_lock lock(mutex_);
    if (last_ && last_->scope == text && last_->secret == credentials.secret_access_key) {
      return last_;
    }
  }
  // Derived without the lock: two that find it missing both derive the same.
  auto derived = std::make_shared<const DayKey>(
      DayKey{.secret = credentials.secret_access_key,
             .scope = std::move(text),
             .key = derive_key(credentials.secret_access_key, scope)});
  const std::scoped_lock lock(mutex_);
  last_ = derived;
  return derived;
}

std::string HmacSigning::sign(const Credentials& credentials, const SigningScope& scope,
                              std::string_view string_to_sign) const {
  return day_key(credentials, scope)->key.mac(string_to_sign).hex();
}

}  // namespace vc::storage
