#include "storage/azure/azure_probe.hpp"

#include "core/random.hpp"
#include "storage/azure/blob_headers.hpp"
#include "storage/s3/object_headers.hpp"

#include <fmt/format.h>

#include <array>
#include <latch>
#include <thread>
#include <utility>
#include <vector>

namespace vc::storage {

namespace {

constexpr int kProbeRacers = 8;
constexpr std::chrono::seconds kProbeAnswerTime{10};
constexpr std::size_t kProbeNameBytes = 12;
constexpr std::string_view kProbeMetadata = "cHJvYmU";
// Of nothing that is ever sent, so that a service which compares refuses.
constexpr std::string_view kOtherMd5 = "AAAAAAAAAAAAAAAAAAAAAA==";

bool is_stored(const net::ClientResponse& response) {
  return response.status == 201;
}

// One run of the probe: its blobs, and what it has seen so far.
class ContainerProbe {
 public:
  ContainerProbe(const AzureClient& client, const AzureProbeOptions& options, const Clock& clock,
                 std::stop_token stop)
      : client_(client), options_(options), clock_(clock), stop_(std::move(stop)) {
    traits_.condition = Condition::enforced;  // Until it is seen otherwise.
  }

  Result<StoreTraits> run() {
    auto outcome = ask_everything();
    remove_blobs();
    VC_CHECK(std::move(outcome));
    return traits_;
  }

 private:
  Result<void> ask_everything() {
    const std::string first = new_blob();
    VC_CHECK(write_first(first));
    VC_CHECK(look_at_what_is_missing());
    VC_CHECK(look_at(first));
    VC_CHECK(write_again(put_request(first, "again")));
    // A ticket's holder can leave out what is not signed: the right to create has to be enough.
    BlobRequest unconditional = put_request(first, "again");
    unconditional.headers = {{"x-ms-blob-type", "BlockBlob"}};
    VC_CHECK(write_again(unconditional));
    if (traits_.condition == Condition::enforced) {
      VC_CHECK(race());
    }
    VC_TRY(traits_.enforces_md5, refuses_other_md5());
    return {};
  }

  std::string new_blob() {
    names_.push_back(options_.prefix + std::string(kAzureProbeFolder) +
                     hex_encode(random_bytes(kProbeNameBytes)));
    return names_.back();
  }

  // As a ticket would have it.
  static BlobRequest put_request(const std::string& blob, std::string_view body) {
    return {.method = "PUT",
            .blob = blob,
            .permissions = kMayCreate,
            .headers = blob_upload_headers(
                {.size_bytes = body.size(), .vcmeta = std::string(kProbeMetadata)}, {},
                PutMode::create_only)};
  }

  Result<net::ClientResponse> send(const BlobRequest& request, std::string_view body = "") {
    VC_TRY(auto response,
           client_.send(request,
                        {.body = std::string(body), .timeout = kProbeAnswerTime, .stop = stop_}));
    if (const auto date = parse_http_date(response.headers.find("Date").value_or(""))) {
      traits_.clock_ahead = std::chrono::round<std::chrono::seconds>(*date - clock_.now());
    }
    return response;
  }

  Result<void> write_first(const std::string& blob) {
    const BlobRequest request = put_request(blob, "first");
    VC_TRY(auto response, send(request, "first"));
    if (azure_error_code(response) == "ContainerNotFound" &&
        options_.missing_container == MissingContainer::create) {
      VC_CHECK(create_container());
      VC_TRY(response, send(request, "first"));
    }
    if (!is_stored(response)) {
      return std::unexpected(azure_error(request, response));
    }
    return {};
  }

  Result<void> create_container() {
    VC_TRY(const auto response, client_.create_container(stop_));
    // Already there when another gateway was faster.
    if (response.status != 201 && azure_error_code(response) != "ContainerAlreadyExists") {
      return std::unexpected(azure_error({.method = "PUT", .blob = "the container"}, response));
    }
    return {};
  }

  Result<void> look_at_what_is_missing() {
    const BlobRequest request{.method = "HEAD",
                              .blob = options_.prefix + std::string(kAzureProbeFolder) +
                                      hex_encode(random_bytes(kProbeNameBytes))};
    VC_TRY(const auto response, send(request));
    if (!is_blob_missing(response)) {
      return std::unexpected(azure_error(request, response));
    }
    return {};
  }

  Result<void> look_at(const std::string& blob) {
    const BlobRequest request{.method = "HEAD", .blob = blob};
    VC_TRY(const auto response, send(request));
    if (response.status != 200) {
      return std::unexpected(azure_error(request, response));
    }
    VC_TRY(const ObjectInfo info, blob_info(response.headers));
    if (info.vcmeta != kProbeMetadata) {
      return fail(Errc::invalid,
                  fmt::format("the store does not give back the header {}", kBlobVcmetaHeader),
                  "it cannot keep what artifacts say about themselves");
    }
    return {};
  }

  Result<std::string> content(const std::string& blob) {
    const BlobRequest request{.method = "GET", .blob = blob};
    VC_TRY(auto response, send(request));
    if (response.status != 200) {
      return std::unexpected(azure_error(request, response));
    }
    return std::move(response.body);
  }

  // Over the blob that holds "first".
  Result<void> write_again(const BlobRequest& request) {
    VC_TRY(const auto response, send(request, "again"));
    if (!is_stored(response) && !is_creation_refused(response)) {
      return std::unexpected(azure_error(request, response));
    }
    VC_TRY(const std::string kept, content(request.blob));
    if (is_stored(response) || kept != "first") {
      traits_.condition = Condition::ignored;
    }
    return {};
  }

  // A service that looks first and writes then passes every test but this one.
  Result<void> race() {
    const std::string blob = new_blob();
    std::array<Result<net::ClientResponse>, kProbeRacers> responses;
    const auto body_of = [](std::size_t racer) { return fmt::format("racer {}", racer); };
    {
      std::latch start(kProbeRacers);
      std::vector<std::jthread> racers;
      racers.reserve(kProbeRacers);
      for (std::size_t i = 0; i < kProbeRacers; ++i) {
        racers.emplace_back([&, i] {
          const BlobRequest request = put_request(blob, body_of(i));
          start.arrive_and_wait();
          responses[i] = client_.send(
              request, {.body = body_of(i), .timeout = kProbeAnswerTime, .stop = stop_});
        });
      }
    }
    std::string winner;
    int winners = 0;
    for (std::size_t i = 0; i < kProbeRacers; ++i) {
      VC_TRY(const auto response, std::move(responses[i]));
      if (is_stored(response)) {
        ++winners;
        winner = body_of(i);
      } else if (!is_creation_refused(response)) {
        return std::unexpected(azure_error(put_request(blob, ""), response));
      }
    }
    VC_TRY(const std::string kept, content(blob));
    if (winners != 1 || kept != winner) {
      traits_.condition = Condition::ignored;
    }
    return {};
  }

  // Whether a body is refused that is not what the header says.
  Result<bool> refuses_other_md5() {
    BlobRequest request = put_request(new_blob(), "checked");
    request.headers.add("Content-MD5", std::string(kOtherMd5));
    VC_TRY(const auto response, send(request, "checked"));
    if (response.status >= 500) {
      return std::unexpected(azure_error(request, response));
    }
    return response.status == 400;
  }

  // What cannot be removed now stays: it is a few bytes, and lifecycle rules take it.
  void remove_blobs() {
    for (const std::string& name : names_) {
      const auto removed = send({.method = "DELETE", .blob = name, .permissions = kMayDelete});
      if (!removed || (removed->status != 202 && removed->status != 404)) {
        return;
      }
    }
  }

  const AzureClient& client_;
  const AzureProbeOptions& options_;
  const Clock& clock_;
  std::stop_token stop_;
  StoreTraits traits_;
  std::vector<std::string> names_;
};

}  // namespace

Result<StoreTraits> probe_container(const AzureClient& client, const AzureProbeOptions& options,
                                    const Clock& clock, std::stop_token stop) {
  return ContainerProbe(client, options, clock, std::move(stop)).run();
}

}  // namespace vc::storage
