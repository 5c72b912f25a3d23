#include "storage/azure/connection_string.hpp"

#include "core/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>

namespace vc::storage {

namespace {

constexpr std::size_t kConnectionStringBytesMax = 4096;

// The other services are none of ours, but their settings come with the string.
constexpr std::array<std::string_view, 14> kSettings = {"DefaultEndpointsProtocol",
                                                        "AccountName",
                                                        "AccountKey",
                                                        "EndpointSuffix",
                                                        "BlobEndpoint",
                                                        "BlobSecondaryEndpoint",
                                                        "QueueEndpoint",
                                                        "QueueSecondaryEndpoint",
                                                        "TableEndpoint",
                                                        "TableSecondaryEndpoint",
                                                        "FileEndpoint",
                                                        "FileSecondaryEndpoint",
                                                        "DfsEndpoint",
                                                        "WebEndpoint"};

using Settings = std::map<std::string_view, std::string_view>;

std::unexpected<Error> no_connection_string(std::string_view why) {
  return fail(Errc::invalid, fmt::format("the connection string {}", why),
              "copy it from the access keys of the storage account: "
              "AccountName=...;AccountKey=...;EndpointSuffix=core.windows.net");
}

Result<void> add_setting(std::string_view text, Settings& settings) {
  const std::size_t equals = text.find('=');
  if (equals == std::string_view::npos) {
    return no_connection_string("has a part without '='");
  }
  const std::string_view name = text.substr(0, equals);
  const std::string_view value = text.substr(equals + 1);
  if (name == "SharedAccessSignature" || name == "UseDevelopmentStorage") {
    return no_connection_string(fmt::format("has {}, and no key to sign tickets with", name));
  }
  if (std::ranges::find(kSettings, name) == kSettings.end()) {
    return no_connection_string("has a setting that is not known");  // Perhaps half of a key.
  }
  if (value.empty()) {
    return no_connection_string(fmt::format("has an empty {}", name));
  }
  if (!settings.emplace(name, value).second) {
    return no_connection_string(fmt::format("has {} twice", name));
  }
  return {};
}

std::string_view value_or(const Settings& settings, std::string_view name,
                          std::string_view otherwise) {
  const auto found = settings.find(name);
  return found == settings.end() ? otherwise : found->second;
}

}  // namespace

std::string azure_blob_url(std::string_view account, std::string_view suffix,
                           std::string_view scheme) {
  return fmt::format("{}://{}.blob.{}", scheme, account, suffix);
}

Result<AzureAccount> parse_connection_string(std::string_view text) {
  if (text.size() > kConnectionStringBytesMax) {
    return no_connection_string("is longer than any can be");
  }
  const bool printable = std::ranges::all_of(text, [](char c) { return c > ' ' && c < '\x7f'; });
  if (!printable) {
    return no_connection_string("has white space or characters that are not ASCII");
  }
  Settings settings;
  while (!text.empty()) {
    const std::string_view part = text.substr(0, text.find(';'));
    text.remove_prefix(std::min(part.size() + 1, text.size()));
    if (!part.empty()) {
      VC_CHECK(add_setting(part, settings));
    }
  }
  AzureAccount account{.name = std::string(value_or(settings, "AccountName", "")),
                       .key = std::string(value_or(settings, "AccountKey", "")),
                       .blob_url = std::string(value_or(settings, "BlobEndpoint", ""))};
  if (account.name.empty() || account.key.empty()) {
    return no_connection_string("has no AccountName or no AccountKey");
  }
  const std::string_view scheme = value_or(settings, "DefaultEndpointsProtocol", "https");
  if (scheme != "https" && scheme != "http") {
    return no_connection_string("has a DefaultEndpointsProtocol that is neither http nor https");
  }
  if (account.blob_url.empty()) {
    account.blob_url = azure_blob_url(
        account.name, value_or(settings, "EndpointSuffix", "core.windows.net"), scheme);
  }
  return account;
}

}  // namespace vc::storage
