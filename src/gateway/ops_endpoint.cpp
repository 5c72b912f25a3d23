#include "gateway/ops_endpoint.hpp"

#include "wire/capabilities.hpp"
#include "wire/json_writer.hpp"

namespace vc::gateway {
namespace {

net::Response unready(std::string_view code, std::string detail) {
  return problem_response({.status = 503, .code = std::string(code), .detail = std::move(detail)});
}

}  // namespace

OpsEndpoint::OpsEndpoint(const Services& services, const Authenticator& authenticator)
    : services_(services), authenticator_(authenticator) {}

net::BodyPlan OpsEndpoint::health(RequestRecord record) {
  return record.finish(json_response(200, R"({"status":"up"})"));
}

net::BodyPlan OpsEndpoint::livez(RequestRecord record) {
  return record.finish(json_response(200, R"({"status":"alive"})"));
}

net::BodyPlan OpsEndpoint::readyz(RequestRecord record, const net::RequestHead& head,
                                  std::string_view query) {
  const bool verbose = query.starts_with("verbose");
  if (verbose) {
    auto caller = authenticator_.authenticate(head.header("authorization"));
    if (!caller) {
      return record.finish(caller.error());
    }
    record.caller = *std::move(caller);
  }
  if (draining_) {
    return record.finish(unready("draining", "the gateway is shutting down"));
  }
  return net::BufferBody{.bytes_max = 0,
                         .then = [this, record = std::move(record), verbose](
                                     const std::string&, net::Reply reply) mutable {
                           struct Job {
                             RequestRecord record;
                             net::Reply reply;
                           };
                           const auto job =
                               std::make_shared<Job>(std::move(record), std::move(reply));
                           if (!services_.disk.try_submit([this, job, verbose] {
                                 job->reply.send(readiness(job->record, verbose));
                               })) {
                             job->reply.send(job->record.finish(Error{.code = Errc::overloaded}));
                           }
                         }};
}

net::Response OpsEndpoint::readiness(RequestRecord& record, bool verbose) {
  const auto usable = services_.driver.check();
  if (!usable) {
    services_.journal.log().warn("not ready", {{"error", usable.error().message}});
    // The store's words can name paths: for those who have a token, and for the log.
    return record.finish(unready("store_unavailable",
                                 verbose ? usable.error().message : "the store cannot be used"));
  }
  std::string body;
  wire::JsonWriter json(body);
  json.open('{');
  json.member("status", "ready");
  if (verbose) {
    json.member("version", VC_VERSION);
    json.member("driver", services_.driver.name());
    json.member("transfers", services_.slots.taken());
    json.member("transfers_max", services_.slots.max());
  }
  json.close('}');
  return record.finish(json_response(200, std::move(body)));
}

net::BodyPlan OpsEndpoint::metrics(RequestRecord record) {
  const net::HttpServer* server = server_;
  const auto traits = services_.driver.traits();
  net::Response response{
      .headers = {{"Content-Type", "text/plain; version=0.0.4; charset=utf-8"}},
      .body = services_.journal.metrics().text(
          {.open_connections = server != nullptr ? server->open_connections() : 0,
           .transfers = services_.slots.taken(),
           .storage_bytes = services_.driver.bytes_stored(),
           .store = traits ? std::optional(*traits) : std::nullopt})};
  return record.finish(std::move(response));
}

net::BodyPlan OpsEndpoint::capabilities(RequestRecord record) {
  const Principal& caller = *record.caller;
  const VerifyKey seal_key = services_.vending.seal_key();
  const auto traits = services_.driver.traits();
  wire::Capabilities capabilities{
      .server_version = VC_VERSION,
      .driver = std::string(services_.driver.name()),
      .batch_items_max = wire::kBatchItemsMax,
      .object_bytes_max = services_.driver.limits().object_bytes_max,
      .upload_md5 = traits && traits->enforces_md5 && !traits->enforces_sha256,
      .write_scope = caller.write ? caller.write->text() : "",
      .subject = caller.subject,
      .seal_keys = {{.id = seal_key.id(), .public_key = base64url_encode(seal_key.raw())}}};
  for (const auto& scope : caller.read) {
    capabilities.read_scopes.push_back(scope.text());
  }
  return record.finish(json_response(200, wire::to_json(capabilities)));
}

net::BodyPlan OpsEndpoint::openapi(RequestRecord record) {
  return record.finish(json_response(200, std::string(openapi_document())));
}

}  // namespace vc::gateway
