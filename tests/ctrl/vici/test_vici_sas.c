/* SPDX-License-Identifier: Apache-2.0 */
/* SAs as swanctl and nhrpd look at them and drive them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/ctrl/vici/harness.h"

static void a_tunnel_as_swanctl_drives_it(void **state)
{
    int fd = client();
    (void)state;
    ask(fd, VICI_EVENT_REGISTER, "list-sa");
    ask(fd, VICI_EVENT_REGISTER, "control-log");
    expect(fd, 2, "5 \n5 \n");
    choose(fd, "initiate", "child", "net", NULL);
    ask(fd, VICI_CMD_REQUEST, "version"); /* waits until the tunnel is up */
    expect(fd, 3,
           "7 control-log group=IKE level=1 thread=1 ikesa-name=net ikesa-uniqueid=1 "
           "msg=net[1]: initiating to 10.99.0.2[500]");
    says("\n1 success=yes \n");
    says("daemon=espalierd");
    lab_assert_tunnel(&lab);
    ask(fd, VICI_CMD_REQUEST, "list-sas");
    expect(fd, 2, "7 list-sa net{ uniqueid=1 version=2 state=ESTABLISHED local-host=10.99.0.1 ");
    says("child-sas{ net-1{ name=net uniqueid=1 reqid=1 state=INSTALLED mode=TUNNEL protocol=ESP");
    choose(fd, "rekey", "child", "net", NULL);
    expect(fd, 1, "1 matches=1 success=yes");
    turns(100);
    choose(fd, "list-sas", "child-id", "2", NULL);
    expect(fd, 2, "net-2{ name=net uniqueid=2 reqid=1 state=INSTALLED");
    choose(fd, "rekey", "ike", "net", NULL);
    expect(fd, 1, "matches=1 success=yes");
    turns(100);
    choose(fd, "list-sas", "ike-id", "2", NULL);
    expect(fd, 2, "net{ uniqueid=2 version=2 state=ESTABLISHED");
    choose(fd, "terminate", "ike-id", "2", NULL);
    while (!strstr(hear(fd, 1), "matches="))
        says("7 control-log");
    assert_string_equal(answer, "1 matches=1 terminated=1 success=yes \n");
    choose(fd, "terminate", "ike", "net", NULL);
    expect(fd, 1, "success=no errmsg=no SA that fits was found");
    ask(fd, VICI_CMD_REQUEST, "terminate");
    expect(fd, 1, "success=no errmsg=nothing is chosen");
    close(fd);
}

static void events_of_a_tunnel(void **state)
{
    static const char *const events[] = {"ike-updown",
                                         "ike-rekey",
                                         "child-updown",
                                         "child-rekey",
                                         "child-state-installed",
                                         "child-state-rekeyed",
                                         "child-state-destroying"};
    int fd = client(), other = client();
    (void)state;
    for (size_t i = 0; i < sizeof(events) / sizeof(*events); i++)
        ask(fd, VICI_EVENT_REGISTER, events[i]);
    hear(fd, 7);
    choose(other, "initiate", "child", "net", "-1"); /* answered before anything is up */
    expect(other, 1, "success=yes");
    expect(fd, 3, "7 ike-updown up=yes net{ uniqueid=1 ");
    says("7 child-updown up=yes net{ uniqueid=1 ");
    says("7 child-state-installed net{ uniqueid=1 ");
    choose(other, "rekey", "child", "net", NULL);
    expect(fd, 3, "child-sas{ net{ old{ name=net uniqueid=1 ");
    says("7 child-state-installed net{ ");
    says("7 child-state-rekeyed net{ ");
    turns(400); /* the old pair lingers for 5 s */
    expect(fd, 1, "7 child-state-destroying net{ ");
    says("net-1{ ");
    choose(other, "rekey", "ike", "net", NULL);
    expect(fd, 1, "7 ike-rekey net{ old{ uniqueid=1 ");
    says("new{ uniqueid=2 ");
    choose(other, "terminate", "child", "net", NULL);
    expect(fd, 2, "7 child-updown net{ uniqueid=2 ");
    says("7 child-state-destroying net{ ");
    choose(other, "terminate", "ike", "net", NULL);
    expect(fd, 1, "7 ike-updown net{ uniqueid=2 ");
    close(fd);
    close(other);
}

static void what_can_not_be_brought_up(void **state)
{
    int fd = client();
    (void)state;
    lab.cut[1] = true; /* the peer is silent */
    choose(fd, "initiate", "child", "nobody", NULL);
    expect(fd, 1, "success=no errmsg=no connection has a child nobody");
    choose(fd, "initiate", "ike", "other", NULL);
    expect(fd, 1, "errmsg=there is no connection other");
    choose(fd, "initiate", "child", "net", "1");
    expect(fd, 1, "success=no errmsg=net.net is not up after 1 ms; espalierd goes on trying");
    choose(fd, "initiate", "child", "net", NULL);
    turns(10);
    for (int i = 0; i < 40; i++)
        lab_run(&lab, 10000);
    expect(fd, 1, "success=no errmsg=net.net is not up: the peer does not answer");
    choose(fd, "initiate", "child", "net", NULL); /* and the client goes while it waits */
    turn();
    close(fd);
    turns(5);
    fd = client();
    choose(fd, "initiate", "child", "net", "abc");
    expect(fd, 1, "success=no errmsg=a name is too long, or ike-id, child-id or timeout");
    close(fd);
}

/* As FRR's nhrpd asks for a tunnel: by its profile, to an address that no file knows. */
static void initiate_to(int fd, const char *mine, const char *other)
{
    struct vici_out o;
    vici_out_begin(&o, VICI_CMD_REQUEST, "initiate");
    vici_add(&o, "child", "net");
    vici_add(&o, "timeout", "%d", -1);
    vici_add(&o, "async", "%d", 1);
    vici_add(&o, "init-limits", "%d", 0);
    vici_add(&o, "my-host", "%s", mine);
    vici_add(&o, "other-host", "%s", other);
    post(fd, &o);
}

static void a_peer_that_nhrpd_names(void **state)
{
    int fd = client();
    (void)state;
    ask(fd, VICI_EVENT_REGISTER, "child-state-installed");
    hear(fd, 1);
    initiate_to(fd, "10.99.0.1", "nobody");
    expect(fd, 1, "success=no errmsg=my-host or other-host is not an IP address");
    initiate_to(fd, "2001:db8::1", "10.99.0.2");
    expect(fd, 1, "success=no errmsg=my-host goes with an other-host of the same family only");
    initiate_to(fd, "10.99.0.1", "10.99.0.3"); /* nobody is there */
    expect(fd, 1, "success=yes");
    initiate_to(fd, "10.99.0.1", "10.99.0.2"); /* meanwhile, the same child to somebody else */
    expect(fd, 2,
           "7 child-state-installed net{ uniqueid=2 version=2 state=ESTABLISHED "
           "local-host=10.99.0.1 local-port=4500 remote-host=10.99.0.2 ");
    says("1 success=yes");
    lab_assert_tunnel(&lab);
    initiate_to(fd, "10.99.0.1", "10.99.0.2"); /* it is up: nothing more comes of it */
    expect(fd, 1, "success=yes");
    choose(fd, "list-sas", "child", "net", NULL);
    expect(fd, 1, "1 ");
    lab_run(&lab, 400000);
    assert_int_equal(lab.side[0].events[IKE_EVENT_CHILD_UP], 1);
    assert_int_equal(lab.side[0].events[IKE_EVENT_FAILED], 1); /* keyingtries = 1 */
    lab_assert_tunnel(&lab);
    choose(fd, "terminate", "ike-id", "2", NULL);
    expect(fd, 1, "matches=1 terminated=1 success=yes");
    close(fd);
}

/* An IKE_SA for itself, and reauthenticated. */
static void an_ike_sa_alone(void **state)
{
    int fd = client();
    (void)state;
    choose(fd, "initiate", "ike", "net", NULL);
    expect(fd, 1, "success=yes");
    ask(fd, VICI_EVENT_REGISTER, "list-sa");
    ask(fd, VICI_CMD_REQUEST, "list-sas");
    expect(fd, 3, "7 list-sa net{ uniqueid=1 version=2 state=ESTABLISHED");
    says("child-sas{ } }");
    struct vici_out o;
    vici_out_begin(&o, VICI_CMD_REQUEST, "rekey");
    vici_add(&o, "ike", "net");
    vici_add(&o, "reauth", "yes");
    post(fd, &o);
    expect(fd, 1, "matches=1 success=yes");
    turns(50);
    ask(fd, VICI_CMD_REQUEST, "list-sas");
    expect(fd, 2, "7 list-sa net{ uniqueid=2 version=2 state=ESTABLISHED");
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_tunnel_as_swanctl_drives_it),
        TEST(events_of_a_tunnel),
        TEST(what_can_not_be_brought_up), TEST(an_ike_sa_alone),
        TEST(a_peer_that_nhrpd_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
