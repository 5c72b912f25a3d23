#include "gateway/azure_config.hpp"

#include "storage/azure/connection_string.hpp"

#include <string>
#include <string_view>

namespace vc::gateway {
namespace {

using storage::AzureAccount;
using storage::CreateContainer;

constexpr std::string_view kConnectionString = "AZURE_STORAGE_CONNECTION_STRING";

CreateContainer create_container_of(std::string_view word) {
  return word == "true"    ? CreateContainer::always
         : word == "false" ? CreateContainer::never
                           : CreateContainer::automatic;
}

// What our own options say, completed by the connection string, completed by the other variables.
Result<AzureAccount> account_of(const OptionValues& values, const Environment& environment) {
  const auto text = [&](std::string_view name) {
    return std::string(environment.find(name).value_or(""));
  };
  AzureAccount account{.name = values.text("VC_AZURE_ACCOUNT"),
                       .key = values.text("VC_AZURE_ACCOUNT_KEY"),
                       .blob_url = values.text("VC_AZURE_ENDPOINT")};
  if (const std::string given = text(kConnectionString); !given.empty()) {
    auto parsed = storage::parse_connection_string(given);
    if (!parsed) {
      return std::unexpected(std::move(parsed).error().within(kConnectionString));
    }
    if (!account.name.empty() && account.name != parsed->name) {
      return fail(Errc::invalid, "AZURE_STORAGE_CONNECTION_STRING is not of VC_AZURE_ACCOUNT",
                  "set one of them");
    }
    account.name = parsed->name;
    account.key = account.key.empty() ? parsed->key : account.key;
    account.blob_url = account.blob_url.empty() ? parsed->blob_url : account.blob_url;
  }
  if (account.name.empty()) {
    account.name = text("AZURE_STORAGE_ACCOUNT");
  }
  if (account.key.empty()) {
    account.key = text("AZURE_STORAGE_KEY");
  }
  if (account.name.empty() || account.key.empty()) {
    return fail(
        Errc::invalid, "VC_STORAGE_DRIVER=azure has no account or no key",
        "set VC_AZURE_ACCOUNT and VC_AZURE_ACCOUNT_KEY, or AZURE_STORAGE_CONNECTION_STRING");
  }
  return account;
}

}  // namespace

Result<void> load_azure_config(const OptionValues& values, const Environment& environment,
                               storage::StorageConfig& config) {
  storage::AzureOptions& azure = config.azure;
  azure.address.container = values.text("VC_AZURE_CONTAINER");
  if (azure.address.container.empty()) {
    return fail(Errc::invalid, "VC_STORAGE_DRIVER=azure without VC_AZURE_CONTAINER",
                "set VC_AZURE_CONTAINER to the name of the container");
  }
  VC_TRY(AzureAccount account, account_of(values, environment));
  azure.address.account = std::move(account.name);
  azure.address.url = std::move(account.blob_url);
  azure.account_key = std::move(account.key);
  azure.public_url = values.text("VC_AZURE_PUBLIC_ENDPOINT");
  azure.prefix = values.text("VC_AZURE_PREFIX");
  azure.create_container = create_container_of(values.text("VC_AZURE_CREATE_CONTAINER"));
  azure.object_bytes_max = static_cast<std::uint64_t>(values.integer("VC_MAX_OBJECT_SIZE"));
  return {};
}

}  // namespace vc::gateway
