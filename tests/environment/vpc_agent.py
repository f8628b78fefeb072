"""agent NAME [quiet]: what runs in a machine of test_vpc.py.

It listens (unless quiet) and says to each client who it is and whom it sees, then repeats
what it hears. Told by a line of JSON on its standard input, it probes many addresses at once,
or opens one connection and keeps it, or talks on it; ends when nobody is there to tell it."""

import asyncio
import json
import os
import socket
import struct
import sys

TCP = [22, 53, 80, 443, 3306, 8000, 8404]
UDP = [53, 8000]
NAME = "".join(sys.argv[1:2])
kept = {}


async def greet(reader, writer):
    writer.write(f"{NAME} {writer.get_extra_info('peername')[0]}\n".encode())
    while line := await reader.readline():
        writer.write(line)
    writer.close()


class Datagrams(asyncio.DatagramProtocol):
    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, data, address):
        self.transport.sendto(f"{NAME} {address[0]}\n".encode(), address)


class Answer(asyncio.DatagramProtocol):
    def __init__(self):
        self.answer = asyncio.get_running_loop().create_future()

    def datagram_received(self, data, address):
        if not self.answer.done():
            self.answer.set_result(data)


async def tcp(address, port):
    reader, writer = await asyncio.open_connection(address, port)
    line = await reader.readline()
    writer.close()
    return line.decode().split()


async def udp(address, port):
    """Asks again, as what uses UDP does."""
    loop = asyncio.get_running_loop()
    transport, waiting = await loop.create_datagram_endpoint(Answer, remote_addr=(address, port))
    try:
        while not waiting.answer.done():
            transport.sendto(b"who?")
            await asyncio.wait([waiting.answer], timeout=0.3)
        return waiting.answer.result().decode().split()
    finally:
        transport.close()


def echo(number):
    """An ICMP echo request without data."""
    total = 0x0800 + number + 1
    return struct.pack(">HHHH", 0x0800, ~((total & 0xffff) + (total >> 16)) & 0xffff, number, 1)


async def icmp(address, _):
    number = os.urandom(2)
    with socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP) as raw:
        raw.setblocking(False)
        raw.connect((address, 0))
        loop = asyncio.get_running_loop()
        await loop.sock_sendall(raw, echo(int.from_bytes(number, "big")))
        while True:
            data = await loop.sock_recv(raw, 4096)
            if data[20] == 0 and data[24:26] == number:
                return ["echo", address]


async def probe(address, port, protocol, seconds):
    kind = {"tcp": tcp, "udp": udp, "icmp": icmp}[protocol]
    try:
        return await asyncio.wait_for(kind(address, port), seconds)
    except (OSError, asyncio.TimeoutError):
        return None


async def talk(number, text):
    reader, writer = kept[number]
    writer.write(f"{text}\n".encode())
    return (await asyncio.wait_for(reader.readline(), 5)).decode().strip()


async def obey(order):
    if "probe" in order:
        return await asyncio.gather(*(probe(*one) for one in order["probe"]))
    if "open" in order:
        reader, writer = await asyncio.open_connection(*order["open"])
        kept[len(kept)] = reader, writer
        return [len(kept) - 1, (await reader.readline()).decode().split()]
    return await talk(*order["talk"])


async def main():
    loop = asyncio.get_running_loop()
    if sys.argv[2:] != ["quiet"]:
        for port in TCP:
            await asyncio.start_server(greet, "0.0.0.0", port)
        for port in UDP:
            await loop.create_datagram_endpoint(Datagrams, local_addr=("0.0.0.0", port))
    orders = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(orders), sys.stdin)
    print("ready", flush=True)
    while line := await orders.readline():
        print(json.dumps(await obey(json.loads(line))), flush=True)


if __name__ == "__main__":
    asyncio.run(main())
