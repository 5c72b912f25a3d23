// The start-up probe of a container: finds out whether the service does with tickets what they
// count on.
//
// Writes a few tiny blobs below `<prefix>.probe/`, a place no key can name, with exactly a ticket's
// rights and headers, and removes them again.
#pragma once

#include "core/clock.hpp"
#include "storage/azure/azure_client.hpp"
#include "storage/store_traits.hpp"

#include <stop_token>
#include <string>

namespace vc::storage {

inline constexpr std::string_view kAzureProbeFolder = ".probe/";

enum class MissingContainer { create, refuse };

struct AzureProbeOptions {
  std::string prefix;  // Of every blob's name.
  MissingContainer missing_container = MissingContainer::refuse;
};

// Blocks for a few dozen round trips. StoreTraits::condition is `ignored` when a blob was replaced
// by a second ticket, by one used without its condition, or when several wrote at once. An Error
// when the service cannot be asked, or cannot be worked with at all: the container is missing,
// metadata is lost.
Result<StoreTraits> probe_container(const AzureClient& client, const AzureProbeOptions& options,
                                    const Clock& clock, std::stop_token stop);

}  // namespace vc::storage
