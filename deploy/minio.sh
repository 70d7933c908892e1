#!/bin/sh
# Makes the bucket, and a user who may use that bucket and nothing else. Running it again changes nothing.
set -eu
mc alias set store http://minio:9000 "$(cat /run/studyhall/admin-user)" "$(cat /run/studyhall/admin-password)" >/dev/null
mc mb --ignore-existing store/studyhall
cat > /tmp/policy.json <<'END'
{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Effect": "Allow",
      "Action": ["s3:GetBucketLocation", "s3:ListBucket", "s3:ListBucketMultipartUploads"],
      "Resource": ["arn:aws:s3:::studyhall"]
    },
    {
      "Effect": "Allow",
      "Action": ["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"],
      "Resource": ["arn:aws:s3:::studyhall/*"]
    }
  ]
}
END
mc admin policy create store studyhall /tmp/policy.json
mc admin user add store studyhall "$(cat /run/studyhall/password)"
mc admin policy attach store studyhall --user studyhall || mc admin policy entities store --user studyhall | grep -q studyhall
