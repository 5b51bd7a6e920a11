"""A folder of notes, decisions and code on caches: what the tests of the ramp-up plan read."""

from tests.unit.app.world import World

OLD = (
    "# 1. Cache in files\n\nDate: 2020-01-01\n\n## Status\n\nSuperseded by [2. Cache in one place](0002-sqlite.md)\n\n"
    "## Context\n\nThe price cache needs a place.\n\n## Decision\n\nThe price cache is kept in files.\n"
)
NEW = (
    "# 2. Cache in one place\n\nDate: 2021-01-01\n\n## Status\n\nAccepted\n\n"
    "Supersedes [1. Cache in files](0001-files.md)\n"
    "\n## Context\n\nMany processes read the price cache. Where does it live?\n\n"
    "## Considered Options\n\n* Plain files\n* SQLite\n* Redis\n\n## Decision Outcome\n\n"
    'Chosen option: "SQLite", because readers of the price cache must not wait for a server.\n'
)
STALE = (
    "# Serve a stale cache\n\nA stale cache is a cache that answers with an old value while a new one is fetched.\n\n"
    "Beware of the stampede: when the cache expires, all readers fetch at once and the shop fails.\n"
)
EXPIRE = (
    "# Expire the price cache\n\nThe price cache drops an entry after its time to live, which is thirty minutes.\n\n"
    "```\nkb-shop cache expire --all\n```\n\nSee [serve a stale cache](stale.md).\n"
)
CODE = (
    "class PriceCache:\n    '''The price cache of the shop, with a time to live.'''\n\n"
    "    def read_price(self, key):\n        '''Read through the cache.'''\n        return self.store.get(key)\n"
)
USER = (
    "from shop.cache import PriceCache\n\n\ndef checkout(cart):\n    '''Prices come out of the cache.'''\n"
    "    return PriceCache().read_price(cart)\n"
)
TEST = (
    "from shop.cache import PriceCache\n\n\ndef test_read_price_of_the_cache():\n"
    "    assert PriceCache().read_price('a') == 1\n"
)
FILES = {
    "docs/adr/0001-files.md": OLD,
    "docs/adr/0002-sqlite.md": NEW,
    "til/cache/stale.md": STALE,
    "til/cache/expire.md": EXPIRE,
    "til/bread/dough.md": "# Knead dough\n\nDough rises overnight in a cold oven.\n",
    "shop/cache.py": CODE,
    "shop/checkout.py": USER,
    "tests/test_cache.py": TEST,
}
TOPIC = "price cache"


def indexed(world: World) -> World:
    for path, text in FILES.items():
        world.write(path, text)
    world.index()
    return world
