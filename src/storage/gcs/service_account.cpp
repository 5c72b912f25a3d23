#include "storage/gcs/service_account.hpp"

#include "wire/json_document.hpp"

#include <algorithm>
#include <utility>

namespace vc::storage {

namespace {

constexpr std::uint64_t kKeyFileBytesMax = 64 << 10;
constexpr std::size_t kEmailBytesMax = 256;
constexpr std::string_view kKeyFileHint =
    "GOOGLE_APPLICATION_CREDENTIALS must name the JSON key of a service account";

// It becomes part of every URL.
bool is_email(std::string_view text) {
  return !text.empty() && text.size() <= kEmailBytesMax &&
         text.find('@') != std::string_view::npos &&
         std::ranges::all_of(text, [](char c) { return c > ' ' && c < '\x7f' && c != '/'; });
}

std::unexpected<Error> no_service_account(std::string message) {
  return fail(Errc::invalid, std::move(message), std::string(kKeyFileHint));
}

}  // namespace

Result<ServiceAccount> parse_service_account(std::string_view json) {
  const auto document = wire::JsonDocument::parse(json);
  if (!document || !wire::require_object(document->root(), "the key")) {
    return no_service_account("it is no JSON object");
  }
  const auto text = [&](std::string_view name) {
    return wire::optional_text(document->root(), name).value_or("");
  };
  if (text("type") != "service_account") {
    return no_service_account("its type is not service_account");
  }
  if (!is_email(text("client_email"))) {
    return no_service_account("it has no client_email");
  }
  auto key = RsaKey::parse(text("private_key"));
  if (!key) {
    return std::unexpected(
        std::move(key).error().within("private_key").with_hint(std::string(kKeyFileHint)));
  }
  return ServiceAccount{.client_email = std::string(text("client_email")), .key = *std::move(key)};
}

Result<ServiceAccount> read_service_account(const fs::path& file) {
  VC_TRY(const std::string json, read_file(file, kKeyFileBytesMax));
  auto account = parse_service_account(json);
  return account ? std::move(account)
                 : Result<ServiceAccount>(
                       std::unexpected(std::move(account).error().within(file.string())));
}

}  // namespace vc::storage
