#!/bin/sh
# Makes every secret of the cluster at its first start, each on the volume of the one service that needs it. Where they
# are there already nothing is changed, so that it may run at every start.
set -eu

# So that a file is never there half-written.
write() { # PATH OWNER, content on standard input
    umask 077
    cat > "$1.new"
    chown "$2" "$1.new"
    mv "$1.new" "$1"
}
secret() { od -An -N32 -tx1 /dev/urandom | tr -d ' \n'; }

if [ -f /secrets/studyhall/studyhall.toml ]; then
    echo "the secrets are there already"
    exit 0
fi

database=$(secret)
database_admin=$(secret)
history=$(secret)
history_admin=$(secret)
fanout=$(secret)
tasks=$(secret)
files=$(secret)
files_admin=$(secret)
signing=$(secret)

printf %s "$database_admin" | write /secrets/postgres/admin-password 70:70
printf %s "$database" | write /secrets/postgres/password 70:70

printf %s "$history_admin" | write /secrets/mongodb/admin-password 999:999
printf %s "$history" | write /secrets/mongodb/password 999:999

write /secrets/redis/redis.conf 999:1000 <<END
requirepass $fanout
dir /data
appendonly yes
maxmemory-policy noeviction
END
printf %s "$fanout" | write /secrets/redis/password 999:1000

write /secrets/rabbitmq/studyhall.conf 100:101 <<END
default_user = studyhall
default_pass = $tasks
default_vhost = /
END

printf %s minio-admin | write /secrets/minio/admin-user 1000:1000
printf %s "$files_admin" | write /secrets/minio/admin-password 1000:1000
printf %s "$files" | write /secrets/minio/password 1000:1000

chown 10001:10001 /secrets/studyhall
chmod 0700 /secrets/studyhall
# The last one: its being there says that all are.
write /secrets/studyhall/studyhall.toml 10001:10001 <<END
database_url = "postgres://studyhall:$database@postgres:5432/studyhall"
mongodb_url = "mongodb://studyhall:$history@mongodb:27017/studyhall?authSource=studyhall"
redis_url = "redis://:$fanout@redis:6379/0"
amqp_url = "amqp://studyhall:$tasks@rabbitmq:5672/%2f"
s3_endpoint = "http://minio:9000"
s3_bucket = "studyhall"
s3_region = "us-east-1"
s3_access_key = "studyhall"
s3_secret_key = "$files"
secret = "$signing"
END
echo "made the secrets"
