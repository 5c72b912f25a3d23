// Requests and their signatures, which an independent implementation (botocore) confirmed.
//
// All were signed at 2026-01-02T03:04:05Z with the key pair of AWS's own examples.
#pragma once

#include "storage/s3/canonical_request.hpp"

#include <string>
#include <vector>

namespace vc::storage {

struct PresignVector {
  std::string name;
  std::string method;
  std::string host;
  std::string path;
  std::vector<SignableRequest::Parameter> query;
  std::vector<net::Headers::Field> headers;
  std::string session_token;
  std::string region = "us-east-1";
  int life_s = 0;
  std::string canonical_request;
  std::string signature;
};

inline const std::vector<PresignVector> kPresignVectors = {
    {.name = "get-path-style",
     .method = "GET",
     .host = "minio:9000",
     .path = "/velocity-cache/ab/abcdef",
     .life_s = 900,
     .canonical_request = "GET\n"
                          "/velocity-cache/ab/abcdef\n"
                          "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential="
                          "AKIAIOSFODNN7EXAMPLE%2F20260102%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-"
                          "Date=20260102T030405Z&X-Amz-Expires=900&X-Amz-SignedHeaders=host\n"
                          "host:minio:9000\n"
                          "\n"
                          "host\n"
                          "UNSIGNED-PAYLOAD",
     .signature = "74a665bb711a8778a2add28fb806f52c700a5939a5fc3733cb974c084c19c3cb"},
    {.name = "put-if-none-match",
     .method = "PUT",
     .host = "minio:9000",
     .path = "/velocity-cache/ab/abcdef",
     .headers = {{"If-None-Match", "*"}},
     .life_s = 900,
     .canonical_request =
         "PUT\n"
         "/velocity-cache/ab/abcdef\n"
         "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20260102%2Fus-"
         "east-1%2Fs3%2Faws4_request&X-Amz-Date=20260102T030405Z&X-Amz-Expires=900&X-Amz-"
         "SignedHeaders=host%3Bif-none-match\n"
         "host:minio:9000\n"
         "if-none-match:*\n"
         "\n"
         "host;if-none-match\n"
         "UNSIGNED-PAYLOAD",
     .signature = "2023cb4154bb378cbb4034bbfb90acb3480daaa9ebf189d31b7a422ca5c495f6"},
    {.name = "put-if-none-match-length",
     .method = "PUT",
     .host = "127.0.0.1:7480",
     .path = "/velocity-cache/k",
     .headers = {{"If-None-Match", "*"}, {"Content-Length", "1000"}},
     .life_s = 900,
     .canonical_request =
         "PUT\n"
         "/velocity-cache/k\n"
         "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20260102%2Fus-"
         "east-1%2Fs3%2Faws4_request&X-Amz-Date=20260102T030405Z&X-Amz-Expires=900&X-Amz-"
         "SignedHeaders=content-length%3Bhost%3Bif-none-match\n"
         "content-length:1000\n"
         "host:127.0.0.1:7480\n"
         "if-none-match:*\n"
         "\n"
         "content-length;host;if-none-match\n"
         "UNSIGNED-PAYLOAD",
     .signature = "ed77abc05b533957c029ddc9aa75ec01325e0a4f302abb3a8b6caf40a59612f9"},
    {.name = "put-vhost-token",
     .method = "PUT",
     .host = "velocity-cache.s3.eu-west-1.amazonaws.com",
     .path = "/p/k",
     .headers = {{"If-None-Match", "*"}},
     .session_token = "IQoJb3JpZ2luX2VjEXAMPLE//+token==",
     .region = "eu-west-1",
     .life_s = 3600,
     .canonical_request =
         "PUT\n"
         "/p/k\n"
         "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20260102%2Feu-"
         "west-1%2Fs3%2Faws4_request&X-Amz-Date=20260102T030405Z&X-Amz-Expires=3600&X-Amz-"
         "Security-Token=IQoJb3JpZ2luX2VjEXAMPLE%2F%2F%2Btoken%3D%3D&X-Amz-SignedHeaders=host%"
         "3Bif-none-match\n"
         "host:velocity-cache.s3.eu-west-1.amazonaws.com\n"
         "if-none-match:*\n"
         "\n"
         "host;if-none-match\n"
         "UNSIGNED-PAYLOAD",
     .signature = "cdd68bafafe6b9480aa85f0491c6add1930819bd5668c8d28862a11bfb129071"},
    {.name = "get-token",
     .method = "GET",
     .host = "velocity-cache.s3.eu-west-1.amazonaws.com",
     .path = "/p/k",
     .session_token = "IQoJb3JpZ2luX2VjEXAMPLE//+token==",
     .region = "eu-west-1",
     .life_s = 3600,
     .canonical_request =
         "GET\n"
         "/p/k\n"
         "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20260102%2Feu-"
         "west-1%2Fs3%2Faws4_request&X-Amz-Date=20260102T030405Z&X-Amz-Expires=3600&X-Amz-"
         "Security-Token=IQoJb3JpZ2luX2VjEXAMPLE%2F%2F%2Btoken%3D%3D&X-Amz-SignedHeaders=host\n"
         "host:velocity-cache.s3.eu-west-1.amazonaws.com\n"
         "\n"
         "host\n"
         "UNSIGNED-PAYLOAD",
     .signature = "fa47c1f80f1637680b9fa368ba01f546e97d87994bd11ee06b987dfdac6f0412"},
    {.name = "head",
     .method = "HEAD",
     .host = "s3.us-east-1.amazonaws.com",
     .path = "/velocity-cache/k",
     .life_s = 60,
     .canonical_request = "HEAD\n"
                          "/velocity-cache/k\n"
                          "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential="
                          "AKIAIOSFODNN7EXAMPLE%2F20260102%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-"
                          "Date=20260102T030405Z&X-Amz-Expires=60&X-Amz-SignedHeaders=host\n"
                          "host:s3.us-east-1.amazonaws.com\n"
                          "\n"
                          "host\n"
                          "UNSIGNED-PAYLOAD",
     .signature = "416de6ed0309ca4cff3c0d62102964b5194d2df9ff28459332ca79daf218d3cd"},
    {.name = "get-odd-key",
     .method = "GET",
     .host = "127.0.0.1:7480",
     .path = "/b/a b+c~d/"
             "\xc3"
             "\xbc"
             "/x=y&z/%41//tab(1)'!*",
     .life_s = 900,
     .canonical_request = "GET\n"
                          "/b/a%20b%2Bc~d/%C3%BC/x%3Dy%26z/%2541//tab%281%29%27%21%2A\n"
                          "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential="
                          "AKIAIOSFODNN7EXAMPLE%2F20260102%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-"
                          "Date=20260102T030405Z&X-Amz-Expires=900&X-Amz-SignedHeaders=host\n"
                          "host:127.0.0.1:7480\n"
                          "\n"
                          "host\n"
                          "UNSIGNED-PAYLOAD",
     .signature = "3954df3cc95c9ef85c4d445170b21d25ee1959d8fdff05e66da985c47782b433"},
    {.name = "get-response-overrides",
     .method = "GET",
     .host = "127.0.0.1:7480",
     .path = "/b/k",
     .query = {{"response-content-type", "application/zstd"},
               {"response-content-disposition", "attachment; filename=\"a b.tar\""}},
     .life_s = 900,
     .canonical_request =
         "GET\n"
         "/b/k\n"
         "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20260102%2Fus-"
         "east-1%2Fs3%2Faws4_request&X-Amz-Date=20260102T030405Z&X-Amz-Expires=900&X-Amz-"
         "SignedHeaders=host&response-content-disposition=attachment%3B%20filename%3D%22a%20b."
         "tar%22&response-content-type=application%2Fzstd\n"
         "host:127.0.0.1:7480\n"
         "\n"
         "host\n"
         "UNSIGNED-PAYLOAD",
     .signature = "27417581732b0693282589d3a6908d16228dc3fee3740c0ff36bb38bf62328a3"},
    {.name = "put-checksum",
     .method = "PUT",
     .host = "velocity-cache.s3.us-east-1.amazonaws.com",
     .path = "/k",
     .headers = {{"If-None-Match", "*"},
                 {"x-amz-checksum-sha256", "LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ="}},
     .life_s = 900,
     .canonical_request =
         "PUT\n"
         "/k\n"
         "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20260102%2Fus-"
         "east-1%2Fs3%2Faws4_request&X-Amz-Date=20260102T030405Z&X-Amz-Expires=900&X-Amz-"
         "SignedHeaders=host%3Bif-none-match%3Bx-amz-checksum-sha256\n"
         "host:velocity-cache.s3.us-east-1.amazonaws.com\n"
         "if-none-match:*\n"
         "x-amz-checksum-sha256:LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=\n"
         "\n"
         "host;if-none-match;x-amz-checksum-sha256\n"
         "UNSIGNED-PAYLOAD",
     .signature = "3462c48282953c50c49f9804764da6e15815696007d54193576a00acfa45e16b"},
    {.name = "put-part",
     .method = "PUT",
     .host = "velocity-cache.s3.us-east-1.amazonaws.com",
     .path = "/k",
     .query = {{"partNumber", "1"}, {"uploadId", "abc/def+g=="}},
     .life_s = 900,
     .canonical_request =
         "PUT\n"
         "/k\n"
         "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20260102%2Fus-"
         "east-1%2Fs3%2Faws4_request&X-Amz-Date=20260102T030405Z&X-Amz-Expires=900&X-Amz-"
         "SignedHeaders=host&partNumber=1&uploadId=abc%2Fdef%2Bg%3D%3D\n"
         "host:velocity-cache.s3.us-east-1.amazonaws.com\n"
         "\n"
         "host\n"
         "UNSIGNED-PAYLOAD",
     .signature = "6f27ee0a56e823f0ec99e1c6c4fa2b192705f9378a951b8e5226925b1d06a034"},
    {.name = "list-v2",
     .method = "GET",
     .host = "127.0.0.1:7480",
     .path = "/b",
     .query = {{"list-type", "2"}, {"prefix", "a/b"}, {"max-keys", "1000"}},
     .life_s = 60,
     .canonical_request =
         "GET\n"
         "/b\n"
         "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20260102%2Fus-"
         "east-1%2Fs3%2Faws4_request&X-Amz-Date=20260102T030405Z&X-Amz-Expires=60&X-Amz-"
         "SignedHeaders=host&list-type=2&max-keys=1000&prefix=a%2Fb\n"
         "host:127.0.0.1:7480\n"
         "\n"
         "host\n"
         "UNSIGNED-PAYLOAD",
     .signature = "b1f43666dfe2a9a484f86704f8eb8d9e901833b2412cc8c6131b7631595e5f9d"},
    {.name = "max-expiry",
     .method = "GET",
     .host = "127.0.0.1:7480",
     .path = "/b/k",
     .life_s = 604800,
     .canonical_request = "GET\n"
                          "/b/k\n"
                          "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential="
                          "AKIAIOSFODNN7EXAMPLE%2F20260102%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-"
                          "Date=20260102T030405Z&X-Amz-Expires=604800&X-Amz-SignedHeaders=host\n"
                          "host:127.0.0.1:7480\n"
                          "\n"
                          "host\n"
                          "UNSIGNED-PAYLOAD",
     .signature = "494d7a465efa5c0b7a277b505f6ce963a80b8468f2d5f0490c9df0f9f76e6602"}};

}  // namespace vc::storage
