// SPDX-License-Identifier: Apache-2.0
// The shim around one verilated module. Built once a module with RTL_MODEL (the class Verilator
// made), RTL_MODEL_H and RTL_ROOT_H (its headers), RTL_PORTS_H (its ports as PORT(name, bits)) and
// RTL_MEMORIES_H (its memories as MEMORY(name, rows)), taken from them; RTL_TRACE when the model can write FST.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <new>

#include "rtl.h"
#include "verilated.h"
#ifdef RTL_TRACE
#include "verilated_fst_c.h"
#endif
#ifdef RTL_COVERAGE
#include <string>
#include <unistd.h>

#include "verilated_cov.h"
#endif
#include RTL_MODEL_H
#include RTL_ROOT_H

namespace {
struct named_port {
    const char *name;
    struct rtl_port port;
};

// Registers power up at random, from a fixed seed, before the model is made.
struct reset_at_random {
    explicit reset_at_random(VerilatedContext *context)
    {
        context->randReset(2);
        context->randSeed(1);
    }
};
} // namespace

struct rtl {
    VerilatedContext context;
    reset_at_random seed{&context};
    RTL_MODEL model{&context, "top"};
#ifdef RTL_TRACE
    VerilatedFstC trace;
    bool tracing = false;
#endif
    uint64_t cycles = 0;
    uint8_t *clk = nullptr;
};

static const named_port *ports_of(rtl *r, size_t *count)
{
    static thread_local named_port table[1024];
    size_t n = 0;
#define PORT(NAME, BITS) table[n++] = {#NAME, {reinterpret_cast<uint8_t *>(&r->model.NAME), (BITS)}};
#include RTL_PORTS_H
#undef PORT
    *count = n;
    return table;
}

bool rtl_find(rtl *r, const char *name, struct rtl_port *port)
{
    size_t count;
    const named_port *table = ports_of(r, &count);
    for (size_t i = 0; i < count; i++) {
        if (std::strcmp(table[i].name, name) == 0) {
            *port = table[i].port;
            return true;
        }
    }
    return false;
}

struct rtl_port rtl_port(rtl *r, const char *name)
{
    struct rtl_port port;
    if (!rtl_find(r, name, &port)) {
        std::fprintf(stderr, "the model has no port %s\n", name);
        std::abort();
    }
    return port;
}

// Verilator writes a point of a hierarchical name as __DOT__, and [n] as __BRA__n__KET____.
static bool ends_in(const char *name, const char *end)
{
    char plain[512];
    size_t n = 0;
    while (*name && n < sizeof plain - 1) {
        if (std::strncmp(name, "__DOT__", 7) == 0)
            name += 7, plain[n++] = '.';
        else if (std::strncmp(name, "__BRA__", 7) == 0)
            name += 7, plain[n++] = '[';
        else if (std::strncmp(name, "__KET__", 7) == 0)
            name += 7, plain[n++] = ']';
        else
            plain[n++] = *name++;
    }
    plain[n] = '\0';
    size_t len = std::strlen(end);
    return n >= len && std::strcmp(plain + n - len, end) == 0 &&
           (n == len || plain[n - len - 1] == '.');
}

bool rtl_memory(rtl *r, const char *name, struct rtl_memory *memory)
{
    unsigned found = 0;
    (void)r;
#define MEMORY(NAME, ROWS)                                                                         \
    if (ends_in(#NAME, name)) {                                                                    \
        auto &rows = r->model.rootp->NAME;                                                         \
        *memory = {reinterpret_cast<uint8_t *>(&rows[0]), sizeof rows[0], (ROWS)};                 \
        found++;                                                                                   \
    }
#include RTL_MEMORIES_H
#undef MEMORY
    return found == 1;
}

rtl *rtl_new(const char *trace)
{
#ifndef RTL_TRACE
    if (trace)
        return nullptr;
#endif
    rtl *r = new (std::nothrow) rtl;
    if (!r)
        return nullptr;
    struct rtl_port clk;
    if (rtl_find(r, "clk", &clk))
        r->clk = clk.bits;
#ifdef RTL_TRACE
    if (trace) {
        r->context.traceEverOn(true);
        r->model.trace(&r->trace, 99);
        r->trace.open(trace);
        r->tracing = true;
    }
#endif
    return r;
}

void rtl_free(rtl *r)
{
    if (!r)
        return;
#ifdef RTL_TRACE
    if (r->tracing)
        r->trace.close();
#endif
    r->model.final();
#ifdef RTL_COVERAGE
    // one file a model, in the folder that the environment names
    if (const char *folder = std::getenv("RTL_COVERAGE")) {
        static unsigned number;
        std::string name = std::to_string(getpid()) + "-" + std::to_string(number++) + ".dat";
        r->context.coveragep()->write((std::string(folder) + "/" + name).c_str());
    }
#endif
    delete r;
}

static void step(rtl *r, uint8_t level)
{
    if (r->clk)
        *r->clk = level;
    r->model.eval();
#ifdef RTL_TRACE
    if (r->tracing)
        r->trace.dump(r->cycles * 2 + level);
#endif
}

void rtl_settle(rtl *r)
{
    step(r, 0);
}

void rtl_edge(rtl *r)
{
    step(r, 1);
    r->cycles++;
}

uint64_t rtl_cycles(const rtl *r)
{
    return r->cycles;
}
