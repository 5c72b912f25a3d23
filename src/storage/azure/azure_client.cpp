#include "storage/azure/azure_client.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace vc::storage {

namespace {

// How long a request of our own may be begun. Long enough for clocks that differ.
constexpr std::chrono::minutes kOwnAccessLife{5};

constexpr std::size_t kAzureCodeBytesMax = 64;

using Remedy = std::pair<std::string_view, std::string_view>;  // Of the code in front.

constexpr std::array kRemedies = {
    Remedy{"AuthenticationFailed",
           "check VC_AZURE_ACCOUNT_KEY, VC_AZURE_ACCOUNT and the clock of this machine"},
    Remedy{"AuthorizationFailure",
           "check VC_AZURE_ACCOUNT_KEY, and whether the account's firewall allows this network"},
    Remedy{"KeyBasedAuthenticationNotPermitted",
           "allow storage account key access on the storage account: tickets are signed with it"},
    Remedy{"AuthorizationProtocolMismatch",
           "the account takes https only: check VC_AZURE_ENDPOINT and VC_AZURE_PUBLIC_ENDPOINT"},
    Remedy{"ContainerNotFound", "make the container, or set VC_AZURE_CREATE_CONTAINER=true"},
    Remedy{"ResourceNotFound", "check VC_AZURE_ENDPOINT and VC_AZURE_CONTAINER"},
};

Errc code_of_status(int status) {
  switch (status) {
    case 401:
    case 403:
      return Errc::denied;
    case 404:
      return Errc::not_found;
    case 409:
    case 412:
      return Errc::conflict;
    case 413:
      return Errc::too_large;
    case 429:
    case 503:
      return Errc::overloaded;
    default:
      return status >= 500 ? Errc::unavailable : Errc::invalid;
  }
}

std::string_view remedy_of(std::string_view code) {
  for (const auto& [known, hint] : kRemedies) {
    if (known == code) {
      return hint;
    }
  }
  return "";
}

}  // namespace

Result<net::ClientResponse> AzureClient::send(const BlobRequest& request, BlobExchange exchange,
                                              const net::HttpClient::Receiver& receiver) const {
  net::ClientRequest out;
  out.method = request.method;
  out.url =
      access_.blob_url(endpoint_, request.blob, request.permissions, clock_.now() + kOwnAccessLife);
  out.headers = request.headers;
  out.body = std::move(exchange.body);
  out.body_fd = exchange.body_fd;
  out.body_fd_bytes = exchange.body_fd_bytes;
  out.timeout = exchange.timeout;
  return http_.send(out, receiver, std::move(exchange.stop));
}

Result<net::ClientResponse> AzureClient::create_container(std::stop_token stop) const {
  net::ClientRequest out;
  out.method = "PUT";
  out.url = access_.container_url(endpoint_, clock_.now() + kOwnAccessLife);
  return http_.send(out, {}, std::move(stop));
}

std::string_view azure_error_code(const net::ClientResponse& response) {
  const std::string_view code = response.headers.find("x-ms-error-code").value_or("");
  const bool plausible =
      code.size() <= kAzureCodeBytesMax && std::ranges::all_of(code, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
      });
  return plausible ? code : "";
}

bool is_blob_missing(const net::ClientResponse& response) {
  return response.status == 404 && azure_error_code(response) == "BlobNotFound";
}

bool is_creation_refused(const net::ClientResponse& response) {
  const std::string_view code = azure_error_code(response);
  // The last one is Azurite's word for UnauthorizedBlobOverwrite. It cannot mean that the right to
  // create is not enough where there is nothing: the probe has created with it.
  return code == "BlobAlreadyExists" || code == "UnauthorizedBlobOverwrite" ||
         code == "ConditionNotMet" || code == "AuthorizationPermissionMismatch";
}

Error azure_error(const BlobRequest& request, const net::ClientResponse& response) {
  const std::string_view code = azure_error_code(response);
  const bool corrupt = response.status == 400 && code == "Md5Mismatch";
  return {.code = corrupt ? Errc::corrupt : code_of_status(response.status),
          .message = fmt::format("{} {}: the store answered {}{}{}", request.method, request.blob,
                                 response.status, code.empty() ? "" : " ", code),
          .hint = std::string(remedy_of(code))};
}

}  // namespace vc::storage
