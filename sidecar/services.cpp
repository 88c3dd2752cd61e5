#include "services.hpp"

#include <algorithm>
#include <array>
#include <iterator>

#include "health/catalogue.hpp"
#include "health/findings.hpp"

// A test builds this file with a longer list.
#ifndef ARC_SERVICE_LIST
#define ARC_SERVICE_LIST "services.def"
#endif

#define ARC_SERVICE(name)          \
    namespace arc::name {          \
    extern const Service kService; \
    }
#include ARC_SERVICE_LIST
#undef ARC_SERVICE

namespace arc {
namespace {

#define ARC_SERVICE(name) &name::kService,
constexpr auto kServices = std::to_array<const Service*>({
#include ARC_SERVICE_LIST
});
#undef ARC_SERVICE

}  // namespace

std::span<const Service* const> services() noexcept {
    return kServices;
}

std::span<const Section* const> sections() noexcept {
    static const std::array all = [] {
        std::array<const Section*, kServices.size()> found{};
        std::ranges::transform(kServices, found.begin(),
                               [](const Service* service) { return &service->section; });
        return found;
    }();
    return all;
}

std::span<const Protocol* const> protocols() noexcept {
    static const std::vector all = [] {
        std::vector<const Protocol*> found;
        std::ranges::transform(kServices, std::back_inserter(found), &Service::protocol);
        std::erase(found, nullptr);
        return found;
    }();
    return all;
}

std::span<const CatalogueSection> catalogue() noexcept {
    static const std::array all = [] {
        std::array<CatalogueSection, kServices.size() + 1> found{};
        std::ranges::transform(kServices, found.begin(), [](const Service* service) {
            return CatalogueSection{service->title, service->findings};
        });
        found.back() = {"The sidecar itself", kSidecarFindings};
        return found;
    }();
    return all;
}

const Service* find_service(std::string_view name) noexcept {
    const auto* const found = std::ranges::find(kServices, name, &Service::name);
    return found == kServices.end() ? nullptr : *found;
}

const ProcessFacts* find_process_facts(std::string_view name) noexcept {
    const Service* service = find_service(name);
    return service == nullptr ? nullptr : &service->process;
}

std::vector<std::string_view> service_names() {
    std::vector<std::string_view> names;
    std::ranges::transform(kServices, std::back_inserter(names), &Service::name);
    return names;
}

}  // namespace arc
