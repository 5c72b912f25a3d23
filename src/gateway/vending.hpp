// Vending: THE core rule: from a caller, a request and what is known of the store to one reply.
// START HERE for what the gateway decides.
//
// Two pure steps with the questions to the store in between, so that they can be answered in any
// way (from memory, many at once, late) without the rule knowing: plan() says which objects the
// answer depends on, conclude() decides. Nothing here blocks, waits or remembers.
#pragma once

#include "core/clock.hpp"
#include "core/signature.hpp"
#include "gateway/auth.hpp"
#include "gateway/existence.hpp"
#include "storage/driver.hpp"
#include "wire/negotiate.hpp"
#include "wire/vcmeta.hpp"

#include <boost/container/small_vector.hpp>

#include <chrono>
#include <expected>
#include <optional>
#include <string_view>

namespace vc::gateway {

struct Question {
  wire::ObjectKey key;
  Freshness freshness = Freshness::recent;
  std::optional<Answer> answer;  // To be filled in before conclude().
};

// The objects one request depends on: the read scopes in search order, then the write scope.
struct Plan {
  boost::container::small_vector<Question, 2> questions;
  std::size_t reads = 0;             // How many of them are lookups of a download.
  std::optional<std::size_t> write;  // Which one is the object that an upload would make.
};

class Vending {
 public:
  static constexpr std::chrono::seconds kGetTicketLife{15 * 60};
  static constexpr std::chrono::seconds kPutTicketLifeMin{15 * 60};
  static constexpr std::chrono::seconds kPutTicketLifeMax{60 * 60};
  static constexpr std::uint64_t kSlowestUploadBytesPerSecond = 1 << 20;

  Vending(const storage::Driver& driver, SigningKey seal, const Clock& clock);

  // A Problem when the answer does not depend on the store: not allowed, too large, no size.
  std::expected<Plan, wire::Problem> plan(const Principal& caller,
                                          const wire::NegotiateRequest& request) const;

  // `base_url` is what relative tickets are put behind: "https://cache.example".
  wire::NegotiateReply conclude(const Principal& caller, const wire::NegotiateRequest& request,
                                const Plan& plan, std::string_view base_url) const;

  // Sealed metadata for an upload into `key`, for the data plane's own uploads too.
  std::string seal(const Principal& caller, const wire::ObjectKey& key,
                   const wire::NegotiateRequest& request) const;

  // Whether conclude() can take a millisecond.
  bool signs_slowly() const { return driver_.limits().signs_slowly; }

  VerifyKey seal_key() const { return seal_.verify_key(); }

 private:
  std::expected<void, wire::Problem> check_upload(const wire::NegotiateRequest& request) const;
  wire::NegotiateReply get_ticket(const wire::ObjectKey& key, const storage::ObjectInfo& info,
                                  std::string_view base_url) const;
  wire::NegotiateReply put_ticket(const Principal& caller, const wire::NegotiateRequest& request,
                                  const wire::ObjectKey& key, std::string_view base_url) const;

  const storage::Driver& driver_;
  SigningKey seal_;
  const Clock& clock_;
};

}  // namespace vc::gateway
