#include "gateway/upload_sink.hpp"

#include <chrono>

namespace vc::gateway {
namespace {

constexpr std::chrono::seconds kHeadPatience{3};

wire::Problem checksum_mismatch() {
  return {.status = 422,
          .code = "checksum_mismatch",
          .detail = "the body is not what this upload announced; nothing of it was kept",
          .hint = "send the bytes whose size and sha256 were negotiated"};
}

}  // namespace

wire::Problem already_exists() {
  return wire::to_problem({.code = Errc::conflict,
                           .message = "this key has been written already, and the first write wins",
                           .hint = "treat this as success: the artifact is there"});
}

UploadSink::UploadSink(const Services& services, RequestRecord record, UploadOrder order)
    : services_(services), record_(std::move(record)), order_(std::move(order)) {}

UploadSink::~UploadSink() {
  if (!over_) {
    services_.journal.metrics().count_upload(UploadResult::aborted);
  }
}

std::expected<void, net::Response> UploadSink::write(ByteView piece) {
  record_.add_bytes_in(piece.size());
  services_.journal.metrics().count_proxy_bytes(Direction::in, piece.size());
  if (!spool_) {
    if (auto started = start(); !started) {
      return std::unexpected(refuse(started.error()));
    }
  }
  if (auto written = spool_->write(piece); !written) {
    return std::unexpected(refuse(written.error()));
  }
  return {};
}

Result<void> UploadSink::start() {
  VC_TRY(const auto present,
         services_.driver.head(order_.key, services_.journal.clock().steady_now() + kHeadPatience));
  if (present) {
    return fail(Errc::conflict, "somebody was first");
  }
  VC_TRY(spool_, services_.driver.spool(order_.terms.size_bytes));
  return {};
}

void UploadSink::finish(net::Reply reply) {
  if (!spool_) {  // An empty body: nothing was written.
    if (auto started = start(); !started) {
      return reply.send(refuse(started.error()));
    }
  }
  reply.send(store());
}

net::Response UploadSink::store() {
  const auto stored = spool_->commit(order_.key, order_.terms, storage::PutMode::create_only);
  spool_.reset();
  if (!stored) {
    return refuse(stored.error());
  }
  if (*stored == storage::Stored::exists) {
    return refuse({.code = Errc::conflict});
  }
  over_ = true;
  services_.journal.metrics().count_upload(UploadResult::stored);
  services_.existence.remember(order_.key, {.size_bytes = order_.terms.size_bytes.value_or(0),
                                            .vcmeta = order_.terms.vcmeta});
  return record_.finish(net::Response{.status = 200});
}

net::Response UploadSink::refuse(const Error& error) {
  over_ = true;
  spool_.reset();
  switch (error.code) {
    case Errc::conflict:
      services_.journal.metrics().count_upload(UploadResult::exists);
      return record_.finish(already_exists());
    case Errc::corrupt:
      services_.journal.metrics().count_upload(UploadResult::refused);
      return record_.finish(checksum_mismatch());
    default:
      services_.journal.metrics().count_upload(UploadResult::failed);
      return record_.finish_store_error(error);
  }
}

}  // namespace vc::gateway
