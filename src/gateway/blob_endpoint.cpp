#include "gateway/blob_endpoint.hpp"

#include "gateway/byte_range.hpp"
#include "gateway/upload_sink.hpp"
#include "storage/url_signer.hpp"

#include <fmt/format.h>

namespace vc::gateway {
namespace {

using net::BodyPlan;
using net::Response;
using wire::ObjectKey;

wire::Problem problem(int status, std::string_view code, std::string detail, std::string hint) {
  return {.status = status,
          .code = std::string(code),
          .detail = std::move(detail),
          .hint = std::move(hint)};
}

Error too_many_transfers() {
  return {.code = Errc::overloaded};
}

}  // namespace

BodyPlan BlobEndpoint::signed_blob(RequestRecord record, const net::RequestHead& head,
                                   std::string_view target) {
  const storage::UrlSigner* signer = services_.driver.url_signer();
  if (signer == nullptr) {
    return record.finish(Error{.code = Errc::not_found,
                               .message = "artifacts do not pass through this gateway",
                               .hint = "use the URL of the ticket as it is"});
  }
  auto grant = signer->verify(head.method(), target);
  if (!grant) {
    return record.finish(grant.error());
  }
  if (head.method() == "PUT") {
    return upload(std::move(record), head, std::move(grant->key), std::move(grant->terms));
  }
  return download(std::move(record), head, {std::move(grant->key)});
}

// B2: the key is 64 hexadecimal digits or nothing at all happens.
BodyPlan BlobEndpoint::proxy_blob(RequestRecord record, const net::RequestHead& head,
                                  std::string_view key) {
  const auto digest = Digest::parse(key);
  if (!digest) {
    return record.finish(Error{.code = Errc::invalid,
                               .message = "the key must be 64 lower-case hexadecimal digits"});
  }
  const Principal& caller = *record.caller;
  if (head.method() != "PUT") {
    std::vector<ObjectKey> keys;
    keys.reserve(caller.read.size());
    for (const auto& scope : caller.read) {
      keys.push_back(ObjectKey::native(scope, *digest));
    }
    return download(std::move(record), head, std::move(keys));
  }
  if (!caller.write) {
    return record.finish(Error{.code = Errc::denied, .message = "this token may not write"});
  }
  const ObjectKey target = ObjectKey::native(*caller.write, *digest);
  wire::NegotiateRequest request;
  request.hash = *digest;
  request.size_bytes = head.content_length();
  storage::UploadTerms terms{.size_bytes = request.size_bytes,
                             .vcmeta = services_.vending.seal(caller, target, request)};
  return upload(std::move(record), head, target, std::move(terms));
}

BodyPlan BlobEndpoint::upload(RequestRecord record, const net::RequestHead& head, ObjectKey key,
                              storage::UploadTerms terms) {
  const auto length = head.content_length();
  if (!length) {
    return record.finish(problem(411, "length_required", "an upload needs a Content-Length",
                                 "send the body in one piece, not chunked"));
  }
  if (terms.size_bytes && *terms.size_bytes != *length) {
    return record.finish(problem(
        400, "size_mismatch",
        fmt::format("Content-Length is {}, the ticket is for {}", *length, *terms.size_bytes),
        "negotiate again with the real size"));
  }
  const std::uint64_t bytes_max = services_.driver.limits().object_bytes_max;
  if (*length > bytes_max) {
    return record.finish(Error{
        .code = Errc::too_large,
        .message =
            fmt::format("the artifact has {} bytes; the limit here is {}", *length, bytes_max),
        .hint = "raise VC_MAX_OBJECT_SIZE on the gateway, or cache less"});
  }
  if (services_.existence.surely_present(key)) {  // Before the client has sent any of the body.
    services_.journal.metrics().count_upload(UploadResult::exists);
    return record.finish(already_exists());
  }
  TransferSlots::Slot slot = services_.slots.take();
  if (!slot) {
    return record.finish(too_many_transfers());
  }
  terms.size_bytes = length;
  return net::StreamBody{
      .sink = std::make_unique<UploadSink>(
          services_, std::move(record),
          UploadOrder{.key = std::move(key), .terms = std::move(terms), .slot = std::move(slot)}),
      .bytes_max = *length};
}

BodyPlan BlobEndpoint::download(RequestRecord record, const net::RequestHead& head,
                                std::vector<ObjectKey> keys) {
  Download wanted{.keys = std::move(keys),
                  // RFC 9110 section 14.2 defines ranges for GET alone.
                  .range = std::string(head.method() == "GET" ? head.header("range") : ""),
                  .if_range = std::string(head.header("if-range")),
                  .if_none_match = std::string(head.header("if-none-match")),
                  .slot = services_.slots.take()};
  if (!wanted.slot) {
    return record.finish(too_many_transfers());
  }
  return net::BufferBody{.bytes_max = 0,
                         .then = [this, record = std::move(record), wanted = std::move(wanted)](
                                     const std::string&, net::Reply reply) mutable {
                           // Shared, because a full pool destroys the work it refuses, and somebody
                           // has to answer.
                           struct Job {
                             RequestRecord record;
                             Download wanted;
                             net::Reply reply;
                           };
                           const auto job = std::make_shared<Job>(
                               std::move(record), std::move(wanted), std::move(reply));
                           if (!services_.disk.try_submit([this, job] {
                                 job->reply.send(serve(job->record, job->wanted));
                               })) {
                             job->reply.send(job->record.finish(Error{.code = Errc::overloaded}));
                           }
                         }};
}

Response BlobEndpoint::serve(RequestRecord& record, Download& download) {
  for (const ObjectKey& key : download.keys) {
    auto object = services_.driver.open(key);
    if (!object) {
      return record.finish_store_error(object.error());
    }
    if (auto found = *std::move(object)) {
      return send_object(record, download, *std::move(found));
    }
    services_.existence.forget(key);
  }
  return record.finish(
      Error{.code = Errc::not_found, .message = "there is no artifact under this key"});
}

Response BlobEndpoint::send_object(RequestRecord& record, const Download& download,
                                   storage::OpenObject object) {
  Response response{.headers = {{"ETag", object.etag}, {"Accept-Ranges", "bytes"}},
                    .held = download.slot};
  if (etag_listed(download.if_none_match, object.etag)) {
    response.status = 304;
    return record.finish(std::move(response));
  }
  const std::uint64_t size = object.content.length;
  const bool range_applies = download.if_range.empty() || download.if_range == object.etag;
  const RangeChoice choice = choose_range(range_applies ? download.range : "", size);
  if (choice.kind == RangeKind::unsatisfiable) {
    auto refusal = problem_response(
        problem(416, "range_not_satisfiable", "the range begins behind the end", ""));
    refusal.headers.add("Content-Range", fmt::format("bytes */{}", size));
    return record.finish(std::move(refusal));
  }
  if (choice.kind == RangeKind::part) {
    const ByteRange& range = choice.range;
    response.status = 206;
    response.headers.add("Content-Range", fmt::format("bytes {}-{}/{}", range.first,
                                                      range.first + range.length - 1, size));
    object.content.offset += range.first;
    object.content.length = range.length;
  }
  response.headers.add("Content-Type", "application/octet-stream");
  services_.journal.metrics().count_proxy_bytes(Direction::out, object.content.length);
  response.body = std::move(object.content);
  return record.finish(std::move(response));
}

}  // namespace vc::gateway
