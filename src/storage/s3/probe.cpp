#include "storage/s3/probe.hpp"

#include "core/digest.hpp"
#include "core/random.hpp"
#include "storage/s3/object_headers.hpp"

#include <fmt/format.h>

#include <array>
#include <latch>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace vc::storage {

namespace {

constexpr int kRacers = 8;
constexpr std::chrono::seconds kAnswerTime{10};
constexpr std::size_t kNameBytes = 12;
constexpr std::string_view kMetadata = "cHJvYmU";
// Of nothing that is ever sent, so that a store which compares refuses.
constexpr std::string_view kWrongMd5 = "AAAAAAAAAAAAAAAAAAAAAA==";

bool is_success(int status) {
  return status >= 200 && status < 300;
}

bool is_first_write_lost(int status) {
  return status == 412 || status == 409;
}

// One run of the probe: its objects, and what it has seen so far.
class Probe {
 public:
  Probe(const S3Client& client, const ProbeOptions& options, const Clock& clock,
        std::stop_token stop)
      : client_(client), options_(options), clock_(clock), stop_(std::move(stop)) {
    if (options.policy != ConditionPolicy::never) {
      traits_.condition = Condition::enforced;  // Until it is seen otherwise.
    }
  }

  Result<StoreTraits> run() {
    auto outcome = ask_everything();
    remove_objects();
    VC_CHECK(std::move(outcome));
    return traits_;
  }

 private:
  Result<void> ask_everything() {
    const std::string first = new_object();
    VC_CHECK(write_first(first));
    VC_CHECK(look_at_what_is_missing());
    VC_CHECK(look_at(first));
    if (traits_.condition == Condition::enforced) {
      VC_CHECK(write_again(first));
    }
    if (traits_.condition == Condition::enforced) {
      VC_CHECK(race());
    }
    VC_TRY(traits_.enforces_sha256, refuses_wrong_sha256());
    VC_TRY(traits_.enforces_md5, refuses_wrong_md5());
    return {};
  }

  std::string new_object() {
    names_.push_back(options_.prefix + std::string(kProbeFolder) +
                     hex_encode(random_bytes(kNameBytes)));
    return names_.back();
  }

  // As a ticket would have it, but for `extra`.
  S3Request put_request(const std::string& object, std::string_view body,
                        net::Headers::Field extra = {}) const {
    S3Request request{
        .method = "PUT",
        .object = object,
        .headers = upload_headers(client_.dialect(),
                                  {.size_bytes = body.size(), .vcmeta = std::string(kMetadata)},
                                  traits_, PutMode::create_only)};
    if (!extra.first.empty()) {
      request.headers.add(std::move(extra.first), std::move(extra.second));
    }
    return request;
  }

  Result<net::ClientResponse> send(const S3Request& request, std::string_view body = "") {
    VC_TRY(
        auto response,
        client_.send(request, {.body = std::string(body), .timeout = kAnswerTime, .stop = stop_}));
    if (const auto date = parse_http_date(response.headers.find("Date").value_or(""))) {
      traits_.clock_ahead = std::chrono::round<std::chrono::seconds>(*date - clock_.now());
    }
    return response;
  }

  Result<void> write_first(const std::string& object) {
    // Which of the two a store finds first, a missing bucket or a header it cannot do, is its
    // choice.
    for (bool may_create = options_.missing_bucket == MissingBucket::create;;) {
      const S3Request request = put_request(object, "first");
      VC_TRY(const auto response, send(request, "first"));
      if (is_success(response.status)) {
        return {};
      }
      if (response.status == 404 && may_create) {
        VC_CHECK(create_bucket());
        may_create = false;
      } else if (response.status == 501 && traits_.condition == Condition::enforced) {
        traits_.condition = Condition::refused;
      } else {
        return std::unexpected(client_.error_of(request, response));
      }
    }
  }

  Result<void> create_bucket() {
    std::string body;
    if (!options_.location.empty()) {
      body = fmt::format(
          "<CreateBucketConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">"
          "<LocationConstraint>{}</LocationConstraint></CreateBucketConfiguration>",
          options_.location);
    }
    const S3Request request{.method = "PUT", .object = ""};
    VC_TRY(const auto response, send(request, body));
    // 409 when another gateway was faster; if it is somebody else's bucket the next PUT says so.
    if (!is_success(response.status) && response.status != 409) {
      return std::unexpected(client_.error_of(request, response).within("create the bucket"));
    }
    return {};
  }

  Result<void> look_at_what_is_missing() {
    const S3Request request{.method = "HEAD",
                            .object = options_.prefix + std::string(kProbeFolder) +
                                      hex_encode(random_bytes(kNameBytes))};
    VC_TRY(const auto response, send(request));
    if (response.status == 404) {
      return {};
    }
    if (response.status == 403) {  // We could write: it is not the credentials.
      return fail(
          Errc::denied, "the store answers 403 for objects that are not there",
          fmt::format("allow {} on the bucket; without it no miss can be told from an error",
                      client_.dialect().hints.list_permission));
    }
    return std::unexpected(client_.error_of(request, response));
  }

  Result<void> look_at(const std::string& object) {
    const S3Request request{.method = "HEAD", .object = object};
    VC_TRY(const auto response, send(request));
    if (response.status != 200) {
      return std::unexpected(client_.error_of(request, response));
    }
    VC_TRY(const ObjectInfo info, object_info(client_.dialect(), response.headers));
    if (info.vcmeta != kMetadata) {
      return fail(Errc::invalid,
                  fmt::format("the store does not give back the header {}",
                              client_.dialect().vcmeta_header),
                  "it cannot keep what artifacts say about themselves");
    }
    return {};
  }

  Result<std::string> content(const std::string& object) {
    const S3Request request{.method = "GET", .object = object};
    VC_TRY(auto response, send(request));
    if (response.status != 200) {
      return std::unexpected(client_.error_of(request, response));
    }
    return std::move(response.body);
  }

  Result<void> write_again(const std::string& object) {
    const S3Request request = put_request(object, "again");
    VC_TRY(const auto response, send(request, "again"));
    if (!is_success(response.status) && !is_first_write_lost(response.status)) {
      return std::unexpected(client_.error_of(request, response));
    }
    VC_TRY(const std::string kept, content(object));
    if (is_success(response.status) || kept != "first") {
      traits_.condition = Condition::ignored;
    }
    return {};
  }

  // Stores that look first and write then pass every test but this one.
  Result<void> race() {
    const std::string object = new_object();
    std::array<Result<net::ClientResponse>, kRacers> responses;
    const auto body_of = [](std::size_t racer) { return fmt::format("racer {}", racer); };
    {
      std::latch start(kRacers);
      std::vector<std::jthread> racers;
      racers.reserve(kRacers);
      for (std::size_t i = 0; i < kRacers; ++i) {
        racers.emplace_back([&, i] {
          const S3Request request = put_request(object, body_of(i));
          start.arrive_and_wait();
          responses[i] =
              client_.send(request, {.body = body_of(i), .timeout = kAnswerTime, .stop = stop_});
        });
      }
    }
    std::string winner;
    int winners = 0;
    for (std::size_t i = 0; i < kRacers; ++i) {
      VC_TRY(const auto response, std::move(responses[i]));
      if (is_success(response.status)) {
        ++winners;
        winner = body_of(i);
      } else if (!is_first_write_lost(response.status)) {
        return std::unexpected(client_.error_of(put_request(object, ""), response));
      }
    }
    VC_TRY(const std::string kept, content(object));
    if (winners != 1 || kept != winner) {
      traits_.condition = Condition::ignored;
    }
    return {};
  }

  Result<bool> refuses_wrong_sha256() {
    const std::string_view header = client_.dialect().sha256_header;
    return header.empty() ? Result<bool>(false)
                          : refuses({std::string(header), std::string(43, 'A') + '='});
  }

  Result<bool> refuses_wrong_md5() { return refuses({"Content-MD5", std::string(kWrongMd5)}); }

  // Whether the store takes a body that is not what the header says.
  Result<bool> refuses(net::Headers::Field checksum) {
    const S3Request request = put_request(new_object(), "checked", std::move(checksum));
    VC_TRY(const auto response, send(request, "checked"));
    if (response.status >= 500 && response.status != 501) {
      return std::unexpected(client_.error_of(request, response));
    }
    return response.status == 400;
  }

  // What may not be removed, or cannot now, stays: it is a few bytes, and lifecycle rules take it.
  void remove_objects() {
    for (const std::string& name : names_) {
      const auto removed = send({.method = "DELETE", .object = name});
      if (!removed || !is_success(removed->status)) {
        return;
      }
    }
  }

  const S3Client& client_;
  const ProbeOptions& options_;
  const Clock& clock_;
  std::stop_token stop_;
  StoreTraits traits_;
  std::vector<std::string> names_;
};

}  // namespace

Result<StoreTraits> probe_store(const S3Client& client, const ProbeOptions& options,
                                const Clock& clock, std::stop_token stop) {
  return Probe(client, options, clock, std::move(stop)).run();
}

}  // namespace vc::storage
