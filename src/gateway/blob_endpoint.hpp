// BlobEndpoint: the data plane of drivers that keep artifacts on this machine.
//
// `/v1/blobs/...` takes signed URLs and ignores Authorization; `/v1/proxy/blob/{key}` is the
// original gateway's form: a bearer token and a native key, no size and no ticket.
#pragma once

#include "gateway/services.hpp"
#include "net/http_server.hpp"
#include "storage/driver.hpp"

#include <string>
#include <vector>

namespace vc::gateway {

class BlobEndpoint {
 public:
  explicit BlobEndpoint(const Services& services) : services_(services) {}

  net::BodyPlan signed_blob(RequestRecord record, const net::RequestHead& head,
                            std::string_view target);
  net::BodyPlan proxy_blob(RequestRecord record, const net::RequestHead& head,
                           std::string_view key);

 private:
  // What a download asks for; the head's views do not live on a worker.
  struct Download {
    std::vector<wire::ObjectKey> keys;  // In the order in which they are tried.
    std::string range;
    std::string if_range;
    std::string if_none_match;
    TransferSlots::Slot slot;
  };

  net::BodyPlan upload(RequestRecord record, const net::RequestHead& head, wire::ObjectKey key,
                       storage::UploadTerms terms);
  net::BodyPlan download(RequestRecord record, const net::RequestHead& head,
                         std::vector<wire::ObjectKey> keys);
  net::Response serve(RequestRecord& record, Download& download);
  net::Response send_object(RequestRecord& record, const Download& download,
                            storage::OpenObject object);

  Services services_;
};

}  // namespace vc::gateway
