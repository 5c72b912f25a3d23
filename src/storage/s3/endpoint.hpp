// S3Endpoint: where a bucket is: the host that requests are signed for, and the path of an object.
#pragma once

#include "core/result.hpp"

#include <string>
#include <string_view>

namespace vc::storage {

// Whether the bucket is part of the path or of the host's name. `automatic`: of the host on AWS,
// as AWS wants it; of the path everywhere else, and where dots in the name of the bucket would not
// fit a certificate.
enum class PathStyle { automatic, always, never };

struct BucketAddress {
  std::string url;  // "https://minio:9000"; "" is AWS itself.
  std::string bucket;
  std::string region = "us-east-1";
  PathStyle path_style = PathStyle::automatic;
};

class S3Endpoint {
 public:
  // Errc::invalid for a URL that is not http(s)://host[:port][/path], or a name that is no bucket's
  // or no region's.
  static Result<S3Endpoint> create(const BucketAddress& address);

  // "https://bucket.s3.eu-west-1.amazonaws.com", without a port that goes without saying.
  const std::string& origin() const { return origin_; }

  // What clients send as Host.
  const std::string& host() const { return host_; }

  // Not encoded; "" is the bucket itself.
  std::string path_of(std::string_view object) const;

  bool is_aws() const { return is_aws_; }

 private:
  S3Endpoint() = default;

  std::string origin_;
  std::string host_;
  std::string base_path_;
  bool is_aws_ = false;
};

// What stands in front of every object's name: "a/b/" from "/a/b", "" from "". Errc::invalid for
// segments that are not `[0-9A-Za-z_][0-9A-Za-z._-]*`.
Result<std::string> parse_object_prefix(std::string_view text);

}  // namespace vc::storage
