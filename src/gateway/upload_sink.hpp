// UploadSink: the body of one PUT on its way into the store.
//
// Nothing is visible before commit(); an upload that is cut off, too short or of the wrong digest
// leaves nothing. Whether the key exists is asked once more before the first byte is kept, so that
// a late writer learns it without sending everything; what decides is the commit.
#pragma once

#include "gateway/services.hpp"
#include "net/http_server.hpp"
#include "storage/driver.hpp"

#include <memory>

namespace vc::gateway {

struct UploadOrder {
  wire::ObjectKey key;
  storage::UploadTerms terms;
  TransferSlots::Slot slot;
};

class UploadSink final : public net::BodySink {
 public:
  UploadSink(const Services& services, RequestRecord record, UploadOrder order);
  ~UploadSink() override;
  UploadSink(const UploadSink&) = delete;
  UploadSink& operator=(const UploadSink&) = delete;
  UploadSink(UploadSink&&) = delete;
  UploadSink& operator=(UploadSink&&) = delete;

  std::expected<void, net::Response> write(ByteView piece) override;
  void finish(net::Reply reply) override;

 private:
  Result<void> start();
  net::Response refuse(const Error& error);
  net::Response store();

  Services services_;
  RequestRecord record_;
  UploadOrder order_;
  std::unique_ptr<storage::Spool> spool_;
  bool over_ = false;  // Answered, one way or the other.
};

// The one answer to a second writer, wherever it is noticed.
wire::Problem already_exists();

}  // namespace vc::gateway
