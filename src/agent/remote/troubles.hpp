// RemoteTroubles: what is wrong with the remote, told once per run with cause and remedy.
//
// The first trouble is the one worth reading; those after it mostly follow from it and are only
// counted. Safe for concurrent use.
#pragma once

#include "core/result.hpp"
#include "net/http_client.hpp"

#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace vc::agent {

enum class TroubleKind { network, authentication, configuration, server };

struct RemoteTrouble {
  TroubleKind kind;
  std::string message;
};

class RemoteTroubles {
 public:
  using Warn = std::function<void(std::string_view)>;

  // `token_name` is what a user would look for: "VC_AUTH_TOKEN", else "remote.token".
  RemoteTroubles(std::string url, std::string token_name, Warn warn);

  // `doing` continues "the remote cache could not ...": "look up results", "store a result".
  void report(const Error& error, std::string_view doing);
  void report(const net::ClientResponse& response, std::string_view doing);

  // The same of an exchange with `ticket_url`, which may lead past the gateway to an object store:
  // other things are to be checked then.
  void report_transfer(const Error& error, std::string_view doing, std::string_view ticket_url);
  void report_transfer(const net::ClientResponse& response, std::string_view doing,
                       std::string_view ticket_url);

  std::optional<RemoteTrouble> first() const;
  int count() const;

 private:
  void report(const RemoteTrouble& trouble);

  std::string url_;
  std::string token_name_;
  Warn warn_;
  mutable std::mutex mutex_;
  std::optional<RemoteTrouble> first_;
  int count_ = 0;
};

}  // namespace vc::agent
